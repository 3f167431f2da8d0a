/// The search for the codes of additive codebooks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/formats/vector/additive_codebooks.h"
#include "engine/tensor/vector_table.h"

namespace compression {

/// The Hessian [size, size] of groups that do not know of activations.
std::vector<float> identity(std::size_t size);

/// AQLM's beam search (Egiazarian et al. 2024, section 3.2, phase 1), for one row of weights at a time: the
/// codes that make D H Dᵀ small, where D is the row less scale × what its codes stand for.
///
/// Groups and codebooks are taken in order. For each of them every beam tries all entries in place of its
/// own, and the best `beams` combinations go on. A beam that differs from a better one only in the code just
/// being replaced would repeat its combinations, and drops out. Of combinations that are equally good the one
/// of the better beam, then of the lower code wins. Changes of the loss are float32.
class BeamSearch {
 public:
  /// `hessian` [inputs, inputs] is symmetric; inputs is a multiple of codebooks.length. All are copied.
  BeamSearch(const AdditiveCodebooks& codebooks, std::span<const float> hessian, std::size_t beams);

  /// Takes all groups and codebooks `sweeps` times. `row` [inputs]; `codes` [groups, codebooks] are where the
  /// search starts, and become the best it found. The loss never rises, but for the rounding of its changes.
  void improve(std::span<const float> row, float scale, std::size_t sweeps, std::span<std::uint16_t> codes);

  /// codes [groups, codebooks] ← for each group the nearest entry of the first codebook, then of the second
  /// to what is left, and so on: where a search may start.
  void start(std::span<const float> row, float scale, std::span<std::uint16_t> codes);

 private:
  struct Beam {
    float loss = 0;                    // relative to where the search started
    std::vector<std::uint16_t> codes;  // [groups, codebooks]
    std::vector<float> error;          // [inputs], row less scale × what the codes stand for
  };
  struct Candidate {
    float loss;
    std::size_t beam;
    std::size_t code;
  };

  void step(std::size_t group, std::size_t codebook, float scale);
  void score(const Beam& beam, std::size_t group, std::size_t codebook, float scale);
  void collect(std::size_t beam, float loss_without_own);
  void replace(Beam& beam, std::size_t group, std::size_t codebook, std::size_t code, float scale);
  [[nodiscard]] bool repeats_better(std::size_t beam, std::size_t position) const;

  AdditiveCodebooks codebooks_;
  std::vector<float> hessian_;
  std::size_t inputs_;
  std::size_t most_beams_;
  std::vector<VectorTable> tables_;           // a codebook each
  std::vector<std::vector<float>> energies_;  // [groups × codebooks]: cᵀ H_group c of every entry c
  std::vector<std::vector<float>> norms_;     // [codebooks]: |c|²
  std::vector<Beam> beams_;
  std::vector<Beam> next_;
  std::vector<Candidate> candidates_;
  std::vector<float> scores_;
  std::vector<float> direction_;
};

}  // namespace compression
