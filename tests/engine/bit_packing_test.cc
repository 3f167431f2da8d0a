#include "engine/formats/bit_packing.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/formats/code_stream.h"
#include "engine/tensor/random.h"
#include "tests/engine/reference.h"

namespace compression {
namespace {

std::vector<std::uint8_t> random_bytes(std::size_t count) {
  Random random(count);
  std::vector<std::uint8_t> bytes(count);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.next_uint32());
  return bytes;
}

}  // namespace

TEST_CASE("codes of every width pack as bit by bit, and come back") {
  for (int bits = 1; bits <= 8; ++bits) {
    for (std::size_t count = 0; count <= 40; ++count) {
      const auto codes = random_bytes(count);
      std::vector<std::uint8_t> stream(static_cast<std::size_t>(bit_stream_size(count, bits)));
      pack_codes(codes, bits, stream);
      CHECK(stream == reference::pack_codes(codes, bits));
      std::vector<std::uint8_t> back(count);
      unpack_codes(stream, bits, back);
      for (std::size_t i = 0; i < count; ++i) CHECK(back[i] == (codes[i] & ((1 << bits) - 1)));
    }
  }
}

TEST_CASE("a stream does not show in which pieces it was written or read") {
  for (const std::size_t piece : {1u, 3u, 64u, 1000u, 5000u}) {
    const auto codes = random_bytes(3001);
    std::vector<std::uint8_t> stream(static_cast<std::size_t>(bit_stream_size(codes.size(), 3)));
    CodeWriter writer(stream, 3);
    for (std::size_t done = 0; done < codes.size();) {
      const auto room = writer.room(std::min(piece, codes.size() - done));
      std::copy_n(codes.begin() + static_cast<std::ptrdiff_t>(done), room.size(), room.begin());
      writer.advance(room.size());
      done += room.size();
    }
    writer.flush();
    CHECK(stream == reference::pack_codes(codes, 3));
    CodeReader reader(stream, codes.size(), 3);
    for (std::size_t done = 0; done < codes.size();) {
      for (const std::uint8_t code : reader.next(piece)) CHECK(code == (codes[done++] & 7));
    }
  }
}

}  // namespace compression
