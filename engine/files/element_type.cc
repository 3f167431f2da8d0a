#include "engine/files/element_type.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace compression {
namespace {

// In the order of the safetensors library's own list, by which writers sort tensors.
constexpr auto safetensors_table = std::to_array<ElementType>({
    {.name = "BOOL", .id = 0, .block = 1, .block_bytes = 1},
    {.name = "F4", .id = 0, .block = 2, .block_bytes = 1, .format = "fp4_e2m1"},
    {.name = "F6_E2M3", .id = 0, .block = 4, .block_bytes = 3, .format = "fp6_e2m3"},
    {.name = "F6_E3M2", .id = 0, .block = 4, .block_bytes = 3, .format = "fp6_e3m2"},
    {.name = "U8", .id = 0, .block = 1, .block_bytes = 1},
    {.name = "I8", .id = 0, .block = 1, .block_bytes = 1},
    {.name = "F8_E5M2", .id = 0, .block = 1, .block_bytes = 1, .format = "fp8_e5m2"},
    {.name = "F8_E4M3", .id = 0, .block = 1, .block_bytes = 1, .format = "fp8_e4m3"},
    {.name = "F8_E8M0", .id = 0, .block = 1, .block_bytes = 1, .format = "e8m0"},
    {.name = "I16", .id = 0, .block = 1, .block_bytes = 2},
    {.name = "U16", .id = 0, .block = 1, .block_bytes = 2},
    {.name = "F16", .id = 0, .block = 1, .block_bytes = 2, .format = "fp16"},
    {.name = "BF16", .id = 0, .block = 1, .block_bytes = 2, .format = "bf16"},
    {.name = "I32", .id = 0, .block = 1, .block_bytes = 4},
    {.name = "U32", .id = 0, .block = 1, .block_bytes = 4},
    {.name = "F32", .id = 0, .block = 1, .block_bytes = 4},
    {.name = "C64", .id = 0, .block = 1, .block_bytes = 8},
    {.name = "F64", .id = 0, .block = 1, .block_bytes = 8},
    {.name = "I64", .id = 0, .block = 1, .block_bytes = 8},
    {.name = "U64", .id = 0, .block = 1, .block_bytes = 8},
});

// Numbers, blocks and sizes of ggml's type traits. 4, 5, 31–33 and 36–38 were taken back.
constexpr auto gguf_table = std::to_array<ElementType>({
    {.name = "F32", .id = 0, .block = 1, .block_bytes = 4},
    {.name = "F16", .id = 1, .block = 1, .block_bytes = 2, .format = "fp16"},
    {.name = "Q4_0", .id = 2, .block = 32, .block_bytes = 18, .format = "q4_0"},
    {.name = "Q4_1", .id = 3, .block = 32, .block_bytes = 20, .format = "q4_1"},
    {.name = "Q5_0", .id = 6, .block = 32, .block_bytes = 22, .format = "q5_0"},
    {.name = "Q5_1", .id = 7, .block = 32, .block_bytes = 24, .format = "q5_1"},
    {.name = "Q8_0", .id = 8, .block = 32, .block_bytes = 34, .format = "q8_0"},
    {.name = "Q8_1", .id = 9, .block = 32, .block_bytes = 36},
    {.name = "Q2_K", .id = 10, .block = 256, .block_bytes = 84, .format = "q2_k"},
    {.name = "Q3_K", .id = 11, .block = 256, .block_bytes = 110, .format = "q3_k"},
    {.name = "Q4_K", .id = 12, .block = 256, .block_bytes = 144, .format = "q4_k"},
    {.name = "Q5_K", .id = 13, .block = 256, .block_bytes = 176, .format = "q5_k"},
    {.name = "Q6_K", .id = 14, .block = 256, .block_bytes = 210, .format = "q6_k"},
    {.name = "Q8_K", .id = 15, .block = 256, .block_bytes = 292},
    {.name = "IQ2_XXS", .id = 16, .block = 256, .block_bytes = 66},
    {.name = "IQ2_XS", .id = 17, .block = 256, .block_bytes = 74},
    {.name = "IQ3_XXS", .id = 18, .block = 256, .block_bytes = 98},
    {.name = "IQ1_S", .id = 19, .block = 256, .block_bytes = 50},
    {.name = "IQ4_NL", .id = 20, .block = 32, .block_bytes = 18, .format = "iq4_nl"},
    {.name = "IQ3_S", .id = 21, .block = 256, .block_bytes = 110},
    {.name = "IQ2_S", .id = 22, .block = 256, .block_bytes = 82},
    {.name = "IQ4_XS", .id = 23, .block = 256, .block_bytes = 136, .format = "iq4_xs"},
    {.name = "I8", .id = 24, .block = 1, .block_bytes = 1},
    {.name = "I16", .id = 25, .block = 1, .block_bytes = 2},
    {.name = "I32", .id = 26, .block = 1, .block_bytes = 4},
    {.name = "I64", .id = 27, .block = 1, .block_bytes = 8},
    {.name = "F64", .id = 28, .block = 1, .block_bytes = 8},
    {.name = "IQ1_M", .id = 29, .block = 256, .block_bytes = 56},
    {.name = "BF16", .id = 30, .block = 1, .block_bytes = 2, .format = "bf16"},
    {.name = "TQ1_0", .id = 34, .block = 256, .block_bytes = 54, .format = "tq1_0"},
    {.name = "TQ2_0", .id = 35, .block = 256, .block_bytes = 66, .format = "tq2_0"},
    {.name = "MXFP4", .id = 39, .block = 32, .block_bytes = 17, .format = "mxfp4_ggml"},
    {.name = "NVFP4", .id = 40, .block = 64, .block_bytes = 36},
    {.name = "Q1_0", .id = 41, .block = 128, .block_bytes = 18},
    {.name = "Q2_0", .id = 42, .block = 64, .block_bytes = 18},
});

}  // namespace

std::span<const ElementType> element_types(FileKind kind) noexcept {
  if (kind == FileKind::gguf) return gguf_table;
  return safetensors_table;
}

const ElementType* find_element_type(FileKind kind, std::string_view name) noexcept {
  const auto types = element_types(kind);
  const auto found =
      std::find_if(types.begin(), types.end(), [&](const ElementType& type) { return type.name == name; });
  return found == types.end() ? nullptr : &*found;
}

const ElementType* find_gguf_type(std::uint32_t id) noexcept {
  const auto found = std::find_if(gguf_table.begin(), gguf_table.end(),
                                  [&](const ElementType& type) { return type.id == id; });
  return found == gguf_table.end() ? nullptr : &*found;
}

}  // namespace compression
