/// Codes written to and read from a bit stream in pieces of any length.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/formats/bit_packing.h"

namespace compression {

/// Collects codes, one per byte, in a buffer that stays in the cache, and packs it whenever it is full.
class CodeWriter {
 public:
  CodeWriter(std::span<std::uint8_t> stream, int bits) noexcept : stream_(stream), bits_(bits) {}

  /// Where the next codes go: as many as fit, at most `wanted`, at least one if any is wanted.
  std::span<std::uint8_t> room(std::size_t wanted) noexcept {
    return std::span(buffer_).subspan(filled_, std::min(wanted, capacity - filled_));
  }

  /// `count` codes of the room have been written.
  void advance(std::size_t count) noexcept {
    filled_ += count;
    if (filled_ == capacity) flush();
  }

  /// Writes codes that are there already.
  void write(std::span<const std::uint8_t> codes) noexcept {
    while (!codes.empty()) {
      const std::span<std::uint8_t> target = room(codes.size());
      std::copy_n(codes.begin(), target.size(), target.begin());
      advance(target.size());
      codes = codes.subspan(target.size());
    }
  }

  /// Packs what is left. To be called once, at the end.
  void flush() noexcept {
    const auto bytes = static_cast<std::size_t>(bit_stream_size(filled_, bits_));
    pack_codes(std::span(buffer_).first(filled_), bits_, stream_.first(bytes));
    stream_ = stream_.subspan(bytes);
    filled_ = 0;
  }

 private:
  static constexpr std::size_t capacity =
      1024;  // a multiple of eight, so that every full buffer ends at a byte

  std::array<std::uint8_t, capacity> buffer_;
  std::size_t filled_ = 0;
  std::span<std::uint8_t> stream_;
  int bits_;
};

/// Unpacks `count` codes of a stream, a buffer at a time.
class CodeReader {
 public:
  CodeReader(std::span<const std::uint8_t> stream, std::uint64_t count, int bits) noexcept
      : stream_(stream), left_(count), bits_(bits) {}

  /// The next codes, 0…2^bits − 1: at most `wanted`, at least one if any is wanted and left.
  std::span<const std::uint8_t> next(std::size_t wanted) noexcept {
    if (position_ == filled_) refill();
    const auto codes = std::span(buffer_).subspan(position_, std::min(wanted, filled_ - position_));
    position_ += codes.size();
    return codes;
  }

 private:
  void refill() noexcept {
    filled_ = static_cast<std::size_t>(std::min<std::uint64_t>(left_, capacity));
    const auto bytes = static_cast<std::size_t>(bit_stream_size(filled_, bits_));
    unpack_codes(stream_.first(bytes), bits_, std::span(buffer_).first(filled_));
    stream_ = stream_.subspan(bytes);
    left_ -= filled_;
    position_ = 0;
  }

  static constexpr std::size_t capacity =
      1024;  // a multiple of eight, so that every full buffer ends at a byte

  std::array<std::uint8_t, capacity> buffer_;
  std::size_t position_ = 0;
  std::size_t filled_ = 0;
  std::span<const std::uint8_t> stream_;
  std::uint64_t left_;
  int bits_;
};

/// How many distinct codes are among the `count` codes of a stream.
std::size_t distinct_in_stream(std::span<const std::uint8_t> stream, std::size_t count, int bits);

}  // namespace compression
