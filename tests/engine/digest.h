/// The digest of all known answers: 64-bit FNV-1a with the start value of the golden files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace compression::test {

class Digest {
 public:
  template <class T>
  void add(std::span<const T> values) {
    for (const std::byte byte : std::as_bytes(values)) {
      state_ = (state_ ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3;
    }
  }
  template <class T>
  void add_one(const T& value) {
    add(std::span<const T>(&value, 1));
  }

  [[nodiscard]] std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0x14650fb0739d0383;
};

template <class T>
std::uint64_t digest_of(std::span<const T> values) {
  Digest digest;
  digest.add(values);
  return digest.value();
}

}  // namespace compression::test
