/// The one loop of GPTQ and SparseGPT: input after input gets its final weights, and what that costs is made
/// good by the inputs still to come.
///
/// After Optimal Brain Surgeon (Hassibi & Stork 1993): changing weight w of input i to q raises the loss by
/// e² / 2 with e = (w − q) / u_ii, and the best answer of the later inputs is w_j −= e u_ij, where uᵀ u is
/// the inverse Hessian. Frantar et al., "GPTQ" (2022), do the same inputs in the same order for every output,
/// and gather the changes to distant inputs into one product a block.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/quantize/layer.h"
#include "engine/tensor/matrix.h"

namespace compression {

/// The weights of some neighbouring outputs in the block under way.
struct BlockWeights {
  std::size_t first_input;
  std::size_t first_output;
  MatrixView weights;  // [inputs of the block, outputs], up to date
};

/// What a method makes of the weights of an input.
class SweepRule {
 public:
  virtual ~SweepRule() = default;

  /// Before a block: all weights [in, out], up to date, and the block's inputs.
  virtual void begin_block(ConstMatrixView /*weights*/, std::size_t /*first*/, std::size_t /*count*/) {}

  /// The final weights of input first_input + index, one for each output of the block.
  virtual void choose(const BlockWeights& block, std::size_t index, std::span<float> chosen) = 0;

  /// After a block: all weights [in, out]; those of the first `done` inputs are final.
  virtual void end_block(ConstMatrixView /*weights*/, std::size_t /*done*/) {}

 protected:
  SweepRule() = default;
  SweepRule(const SweepRule&) = default;
  SweepRule& operator=(const SweepRule&) = default;
};

/// Outputs that are done together: their weights in a block of 128 inputs take 32 KiB.
inline constexpr std::size_t outputs_at_once = 64;

/// Sweeps over weights [in, out], in place. `inverse_factor`: u [in, in]; `block`: inputs that are done
/// before the others hear of it, ≥ 1. Returns Σ e² / 2 of each input over every outputs_at_once outputs,
/// [⌈out / outputs_at_once⌉, in], whose sum is half the trace of (W − Q)(H + damping)(W − Q)ᵀ. Throws
/// EngineError(invalid_argument) for a block of 0, and EngineError(overflow) where the weights grow beyond
/// float32.
std::vector<double> obs_sweep(MatrixView weights, ConstMatrixView inverse_factor, std::size_t block,
                              SweepRule& rule, const Progress& progress = {});

}  // namespace compression
