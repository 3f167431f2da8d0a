/// Files made by hand, byte by byte, for the tests of their readers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/error.h"

namespace compression::test {

using Bytes = std::vector<std::uint8_t>;

inline Bytes from_hexadecimal(std::string_view digits) {
  const auto value = [](char digit) { return digit <= '9' ? digit - '0' : digit - 'a' + 10; };
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(value(digits[i]) << 4 | value(digits[i + 1])));
  }
  return bytes;
}

template <class Number>
void put(Bytes& bytes, Number value) {
  const auto* const first = reinterpret_cast<const std::uint8_t*>(&value);
  bytes.insert(bytes.end(), first, first + sizeof value);
}

inline void put_text(Bytes& bytes, std::string_view text) {
  put(bytes, std::uint64_t{text.size()});
  bytes.insert(bytes.end(), text.begin(), text.end());
}

/// A safetensors file with this header, as it stands, and so many bytes of data.
inline Bytes safetensors_file(std::string_view header, std::size_t data) {
  Bytes bytes;
  put_text(bytes, header);
  bytes.resize(bytes.size() + data);
  return bytes;
}

/// A GGUF file in pieces that a test may spoil.
struct GgufPieces {
  std::string magic = "GGUF";
  std::uint32_t version = 3;
  std::int64_t tensors = 0;
  std::int64_t keys = 0;
  Bytes metadata;
  Bytes infos;
  std::size_t alignment = 32;
  std::size_t data = 0;  // bytes after the header's padding

  /// A key and the number of its type; its value is put after it.
  Bytes& key(std::string_view name, std::uint32_t type) {
    ++keys;
    put_text(metadata, name);
    put(metadata, type);
    return metadata;
  }

  /// `ne`: innermost first, as the file has it.
  GgufPieces& tensor(std::string_view name, const std::vector<std::int64_t>& ne, std::uint32_t type,
                     std::uint64_t offset) {
    ++tensors;
    put_text(infos, name);
    put(infos, static_cast<std::uint32_t>(ne.size()));
    for (const std::int64_t dimension : ne) put(infos, dimension);
    put(infos, type);
    put(infos, offset);
    return *this;
  }

  [[nodiscard]] Bytes file() const {
    Bytes bytes(magic.begin(), magic.end());
    put(bytes, version);
    put(bytes, tensors);
    put(bytes, keys);
    bytes.insert(bytes.end(), metadata.begin(), metadata.end());
    bytes.insert(bytes.end(), infos.begin(), infos.end());
    bytes.resize((bytes.size() + alignment - 1) / alignment * alignment);
    bytes.resize(bytes.size() + data);
    return bytes;
  }
};

/// The code and message of the error that a call throws; an empty message if none.
template <class Call>
std::pair<ErrorCode, std::string> failure_of(Call call) {
  try {
    call();
  } catch (const EngineError& error) {
    return {error.code(), error.what()};
  }
  return {};
}

}  // namespace compression::test
