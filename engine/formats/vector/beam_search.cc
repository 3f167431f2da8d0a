#include "engine/formats/vector/beam_search.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "engine/formats/vector/additive_codebooks.h"
#include "engine/tensor/k_means.h"
#include "engine/tensor/vector_table.h"

namespace compression {
namespace {

/// cᵀ G c of every entry of a codebook, G being the block of `hessian` [inputs, inputs] at `begin`; `padded`
/// numbers.
std::vector<float> energies(std::span<const float> codebook, std::size_t length,
                            std::span<const float> hessian, std::size_t inputs, std::size_t begin,
                            std::size_t padded) {
  std::vector<float> result(padded);
  for (std::size_t k = 0; k * length < codebook.size(); ++k) {
    const std::span<const float> entry = codebook.subspan(k * length, length);
    for (std::size_t i = 0; i < length; ++i) {
      float inner = 0;
      for (std::size_t j = 0; j < length; ++j) inner += hessian[(begin + i) * inputs + begin + j] * entry[j];
      result[k] += entry[i] * inner;
    }
  }
  return result;
}

}  // namespace

std::vector<float> identity(std::size_t size) {
  std::vector<float> matrix(size * size);
  for (std::size_t i = 0; i < size; ++i) matrix[i * size + i] = 1;
  return matrix;
}

BeamSearch::BeamSearch(const AdditiveCodebooks& codebooks, std::span<const float> hessian, std::size_t beams)
    : codebooks_(codebooks),
      hessian_(hessian.begin(), hessian.end()),
      inputs_(static_cast<std::size_t>(std::sqrt(static_cast<double>(hessian.size())))),
      most_beams_(beams),
      direction_(codebooks.length) {
  for (std::size_t m = 0; m < codebooks_.count; ++m) {
    tables_.emplace_back(codebooks_.codebook(m), codebooks_.length);
    norms_.push_back(squared_norms(codebooks_.codebook(m), codebooks_.length, tables_[m].padded_count()));
  }
  for (std::size_t begin = 0; begin < inputs_; begin += codebooks_.length) {
    for (std::size_t m = 0; m < codebooks_.count; ++m) {
      energies_.push_back(energies(codebooks_.codebook(m), codebooks_.length, hessian_, inputs_, begin,
                                   tables_[m].padded_count()));
    }
  }
  scores_.resize(tables_[0].padded_count());
}

void BeamSearch::start(std::span<const float> row, float scale, std::span<std::uint16_t> codes) {
  std::vector<float> left(codebooks_.length);
  for (std::size_t group = 0; group * codebooks_.length < inputs_; ++group) {
    for (std::size_t i = 0; i < left.size(); ++i) {
      left[i] = scale == 0 ? 0 : row[group * codebooks_.length + i] / scale;
    }
    for (std::size_t m = 0; m < codebooks_.count; ++m) {
      tables_[m].score(left, norms_[m], 1, 2, scores_);
      const std::size_t code = index_of_smallest(std::span(scores_).first(codebooks_.entries));
      const std::span<const float> entry = codebooks_.entry(m, code);
      for (std::size_t i = 0; i < left.size(); ++i) left[i] -= entry[i];
      codes[group * codebooks_.count + m] = static_cast<std::uint16_t>(code);
    }
  }
}

void BeamSearch::improve(std::span<const float> row, float scale, std::size_t sweeps,
                         std::span<std::uint16_t> codes) {
  beams_.resize(1);
  Beam& first = beams_[0];
  first.loss = 0;
  first.codes.assign(codes.begin(), codes.end());
  first.error.resize(inputs_);
  for (std::size_t begin = 0; begin < inputs_; begin += codebooks_.length) {
    const std::span<float> error = std::span(first.error).subspan(begin, codebooks_.length);
    codebooks_.add_up(codes.subspan(begin / codebooks_.length * codebooks_.count, codebooks_.count), error);
    for (std::size_t i = 0; i < error.size(); ++i) error[i] = row[begin + i] - scale * error[i];
  }
  const std::size_t groups = inputs_ / codebooks_.length;
  for (std::size_t sweep = 0; sweep < sweeps; ++sweep) {
    for (std::size_t group = 0; group < groups; ++group) {
      for (std::size_t m = 0; m < codebooks_.count; ++m) step(group, m, scale);
    }
  }
  std::copy(beams_[0].codes.begin(), beams_[0].codes.end(), codes.begin());
}

/// scores[c] ← s² cᵀ G c − 2 s ⟨(error + s × own entry) H, c⟩: what an entry c in place of the beam's own
/// adds to the loss, up to a term that all entries share.
void BeamSearch::score(const Beam& beam, std::size_t group, std::size_t codebook, float scale) {
  const std::size_t begin = group * codebooks_.length;
  const std::size_t position = group * codebooks_.count + codebook;
  const std::span<const float> own = codebooks_.entry(codebook, beam.codes[position]);
  std::fill(direction_.begin(), direction_.end(), 0.0f);
  for (std::size_t i = 0; i < inputs_; ++i) {
    const bool in_group = i >= begin && i < begin + codebooks_.length;
    const float error = in_group ? beam.error[i] + scale * own[i - begin] : beam.error[i];
    const float* const hessian = hessian_.data() + i * inputs_ + begin;
    for (std::size_t j = 0; j < direction_.size(); ++j) direction_[j] += error * hessian[j];
  }
  tables_[codebook].score(direction_, energies_[position], scale * scale, 2 * scale, scores_);
}

/// Is there a better beam with the same codes everywhere else?
bool BeamSearch::repeats_better(std::size_t beam, std::size_t position) const {
  const std::vector<std::uint16_t>& codes = beams_[beam].codes;
  const auto after = static_cast<std::ptrdiff_t>(position);
  for (std::size_t other = 0; other < beam; ++other) {
    const std::vector<std::uint16_t>& better = beams_[other].codes;
    if (std::equal(codes.begin(), codes.begin() + after, better.begin()) &&
        std::equal(codes.begin() + after + 1, codes.end(), better.begin() + after + 1)) {
      return true;
    }
  }
  return false;
}

/// Takes the scores of a beam among the candidates, of which the best are kept in order.
void BeamSearch::collect(std::size_t beam, float loss_without_own) {
  for (std::size_t code = 0; code < codebooks_.entries; ++code) {
    const float loss = loss_without_own + scores_[code];
    if (candidates_.size() == most_beams_) {
      if (!(loss < candidates_.back().loss)) continue;
      candidates_.pop_back();
    }
    const auto place =
        std::upper_bound(candidates_.begin(), candidates_.end(), loss,
                         [](float value, const Candidate& candidate) { return value < candidate.loss; });
    candidates_.insert(place, {.loss = loss, .beam = beam, .code = code});
  }
}

/// Puts an entry in the place of a beam's own.
void BeamSearch::replace(Beam& beam, std::size_t group, std::size_t codebook, std::size_t code, float scale) {
  std::uint16_t& own = beam.codes[group * codebooks_.count + codebook];
  const std::span<const float> before = codebooks_.entry(codebook, own);
  const std::span<const float> after = codebooks_.entry(codebook, code);
  float* const error = beam.error.data() + group * codebooks_.length;
  for (std::size_t i = 0; i < codebooks_.length; ++i) error[i] += scale * (before[i] - after[i]);
  own = static_cast<std::uint16_t>(code);
}

void BeamSearch::step(std::size_t group, std::size_t codebook, float scale) {
  const std::size_t position = group * codebooks_.count + codebook;
  candidates_.clear();
  for (std::size_t b = 0; b < beams_.size(); ++b) {
    if (repeats_better(b, position)) continue;
    score(beams_[b], group, codebook, scale);
    collect(b, beams_[b].loss - scores_[beams_[b].codes[position]]);
  }
  next_.resize(candidates_.size());
  for (std::size_t b = 0; b < next_.size(); ++b) {
    const Candidate& candidate = candidates_[b];
    next_[b] = beams_[candidate.beam];
    next_[b].loss = candidate.loss;
    replace(next_[b], group, codebook, candidate.code, scale);
  }
  std::swap(beams_, next_);
}

}  // namespace compression
