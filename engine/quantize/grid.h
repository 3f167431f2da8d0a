/// What values the weights of a group may take, for the methods that choose among them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/formats/packed.h"
#include "engine/tensor/matrix.h"

namespace compression {

/// A family of values under parameters that are fitted to each group: value = scale × (code − zero) on a
/// uniform grid, scale × table[code] on a codebook, step × code − offset in q4_k.
///
/// Groups of many outputs lie side by side, as [inputs, outputs]: every span below has one element an output.
class Grid {
 public:
  virtual ~Grid() = default;

  /// How many parameters a group of one output has.
  [[nodiscard]] virtual std::size_t parameters() const = 0;

  /// Fits `parameters` [parameters(), outputs] to the weights of each output's group [inputs, outputs].
  /// Throws EngineError(overflow) where a scale is beyond what its type can store.
  virtual void fit(ConstMatrixView group, MatrixView parameters) const = 0;

  /// The code of the nearest value, and the value, of one weight of each output; `place`: that of the input
  /// in its group.
  virtual void round(std::size_t place, std::span<const float> weights, ConstMatrixView parameters,
                     std::span<std::uint8_t> codes, std::span<float> values) const = 0;

 protected:
  Grid() = default;
  Grid(const Grid&) = default;
  Grid& operator=(const Grid&) = default;
};

/// Which range of weights the codes of a uniform grid span.
enum class GridRange {
  symmetric,   // EQ 7.3: ±absmax on codes ±(2^(b−1) − 1) around the zero 2^(b−1); the formats int2 … int8
  full,        // GPTQ's symmetric grid: −absmax … absmax over all 2^b codes, the zero at 2^(b−1)
  asymmetric,  // min(0, smallest) … max(0, largest) over all 2^b codes; the formats uint2 … uint8
  tight,       // AWQ's: smallest … largest over all 2^b codes, at least 10^-5 wide, the zero one of them
};

/// The integers 0 … 2^bits − 1 under two parameters: a scale and a zero, which is an integer too. Sources:
/// EQ 7.3; Frantar et al., "GPTQ" (2022), the quantizer of its reference code, whose symmetric grid here
/// spans −absmax … absmax even where no weight is negative; Lin et al., "AWQ" (2023), that of its.
class UniformGrid : public Grid {
 public:
  /// Bits 2…8. Throws EngineError(invalid_argument) for others.
  UniformGrid(int bits, GridRange range, ScaleType scales);

  [[nodiscard]] std::size_t parameters() const override { return 2; }
  void fit(ConstMatrixView group, MatrixView parameters) const override;
  void round(std::size_t place, std::span<const float> weights, ConstMatrixView parameters,
             std::span<std::uint8_t> codes, std::span<float> values) const override;

 private:
  int bits_;
  GridRange range_;
  ScaleType scale_type_;
};

}  // namespace compression
