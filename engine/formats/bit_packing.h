/// Codes of 1…8 bits, one per byte, to a dense stream of bits and back.
///
/// The stream is little-endian: code i takes the bits [i × bits, (i + 1) × bits), counted from the lowest bit
/// of the first byte; unused bits of the last byte are 0. So eight codes take exactly `bits` bytes, at any
/// width.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "engine/tensor/narrow.h"

namespace compression {

static_assert(std::endian::native == std::endian::little,
              "packed bytes are read and written as little-endian words");

/// Bytes that `count` codes take.
constexpr std::uint64_t bit_stream_size(std::uint64_t count, int bits) noexcept {
  return (count * static_cast<std::uint64_t>(bits) + 7) / 8;
}

/// A byte repeated eight times.
constexpr std::uint64_t in_every_byte(int value) noexcept {
  return static_cast<std::uint64_t>(value) * 0x0101010101010101;
}

/// Eight codes, one per byte, moved together into the low 8 × bits bits: neighbours join into fields of
/// twice, four times, eight times the width. Bits above `bits` in a byte are dropped.
constexpr std::uint64_t compress_codes(std::uint64_t codes, int bits) noexcept {
  codes &= in_every_byte((1 << bits) - 1);
  codes = (codes & 0x00ff00ff00ff00ffull) | ((codes >> (8 - bits)) & (0x00ff00ff00ff00ffull << bits));
  codes =
      (codes & 0x0000ffff0000ffffull) | ((codes >> (16 - 2 * bits)) & (0x0000ffff0000ffffull << (2 * bits)));
  return (codes & 0xffffffff) | ((codes >> (32 - 4 * bits)) & (0xffffffffull << (4 * bits)));
}

/// The inverse: the low 8 × bits bits spread to one code per byte, 0…2^bits − 1.
constexpr std::uint64_t expand_codes(std::uint64_t stream, int bits) noexcept {
  const std::uint64_t pair = (1ull << (2 * bits)) - 1;
  const std::uint64_t quad = (1ull << (4 * bits)) - 1;
  stream = (stream & quad) | ((stream >> (4 * bits) & quad) << 32);
  stream =
      (stream & (pair * 0x0000000100000001)) | ((stream >> (2 * bits) & (pair * 0x0000000100000001)) << 16);
  const std::uint64_t single = ((1ull << bits) - 1) * 0x0001000100010001;
  return (stream & single) | ((stream >> bits & single) << 8);
}

/// codes [n] → stream [bit_stream_size(n, bits)].
inline void pack_codes(std::span<const std::uint8_t> codes, int bits,
                       std::span<std::uint8_t> stream) noexcept {
  if (bits == 8) {
    std::copy(codes.begin(), codes.end(), stream.begin());
    return;
  }
  const auto width = static_cast<std::size_t>(bits);
  const std::uint8_t* source = codes.data();
  std::uint8_t* target = stream.data();
  std::size_t left = codes.size();
  for (; bits == 4 && left >= 32; left -= 32, source += 32, target += 16) join_nibbles(source, target);
  // A word is written whole, and the next one overwrites what of it is not code, as long as the stream has
  // room.
  for (std::size_t room = (left * width + 7) / 8; left >= 8 && room >= 8; left -= 8, room -= width) {
    std::uint64_t word;
    std::memcpy(&word, source, 8);
    word = compress_codes(word, bits);
    std::memcpy(target, &word, 8);
    source += 8;
    target += width;
  }
  while (left > 0) {
    const std::size_t now = std::min<std::size_t>(left, 8);
    std::uint64_t word = 0;
    std::memcpy(&word, source, now);
    word = compress_codes(word, bits);
    std::memcpy(target, &word, static_cast<std::size_t>(bit_stream_size(now, bits)));
    source += now;
    target += width;
    left -= now;
  }
}

/// stream [bit_stream_size(n, bits)] → codes [n], 0…2^bits − 1.
inline void unpack_codes(std::span<const std::uint8_t> stream, int bits,
                         std::span<std::uint8_t> codes) noexcept {
  if (bits == 8) {
    std::copy_n(stream.begin(), codes.size(), codes.begin());
    return;
  }
  const auto width = static_cast<std::size_t>(bits);
  const std::uint8_t* source = stream.data();
  std::uint8_t* target = codes.data();
  std::size_t left = codes.size();
  for (; bits == 4 && left >= 32; left -= 32, source += 16, target += 32) split_nibbles(source, target);
  for (std::size_t room = (left * width + 7) / 8; left >= 8 && room >= 8; left -= 8, room -= width) {
    std::uint64_t word;
    std::memcpy(&word, source, 8);
    word = expand_codes(word, bits);
    std::memcpy(target, &word, 8);
    source += width;
    target += 8;
  }
  while (left > 0) {
    const std::size_t now = std::min<std::size_t>(left, 8);
    std::uint64_t word = 0;
    std::memcpy(&word, source, static_cast<std::size_t>(bit_stream_size(now, bits)));
    word = expand_codes(word, bits);
    std::memcpy(target, &word, now);
    source += width;
    target += now;
    left -= now;
  }
}

}  // namespace compression
