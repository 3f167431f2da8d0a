/// A layer's work cut into parts that are done by several at once: what the engine offers for it, put
/// together as the pool of workers does (bindings/layer_pool.ts).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <utility>

#include "engine/quantize/hessian.h"
#include "engine/quantize/obs_sweep.h"
#include "engine/tensor/cholesky.h"
#include "engine/tensor/matrix.h"
#include "engine/tensor/matrix_product.h"

namespace compression::test {

/// Calls work(part) for every part < count, one after another or at once.
using Team = std::function<void(std::size_t count, const std::function<void(std::size_t)>& work)>;

inline void one_after_another(std::size_t count, const std::function<void(std::size_t)>& work) {
  for (std::size_t part = 0; part < count; ++part) work(part);
}

struct Range {
  std::size_t first;
  std::size_t count;
};

/// Whole blocks of 64 of n, as near as they come to shares that `place`, of 0…1, says the ends of.
inline Range blocks(std::size_t n, std::size_t part, std::size_t parts,
                    const std::function<double(double)>& place) {
  constexpr std::size_t block = 64;
  const auto end = [&](std::size_t of) {
    const double share = place(static_cast<double>(of) / static_cast<double>(parts));
    const auto whole = static_cast<std::size_t>(std::lround(share * static_cast<double>(n) / block));
    return of == parts ? n : std::min(n, whole * block);
  };
  const std::size_t first = end(part);
  return {first, end(part + 1) - first};
}

inline Range even_part(std::size_t n, std::size_t part, std::size_t parts) {
  return blocks(n, part, parts, [](double share) { return share; });
}

/// Rows of an upper triangle, so that parts have the same area.
inline Range triangle_part(std::size_t n, std::size_t part, std::size_t parts) {
  return blocks(n, part, parts, [](double share) { return 1 - std::sqrt(1 - share); });
}

/// hessian by parts.
inline Matrix hessian_by_parts(ConstMatrixView x, std::size_t parts, const Team& team) {
  const std::size_t n = x.cols;
  Matrix h(n, n);
  team(parts, [&](std::size_t part) {
    const auto [first, count] = triangle_part(n, part, parts);
    const Matrix rows = hessian_rows(x, first, count);
    for (std::size_t i = 0; i < count; ++i) {
      std::ranges::copy(rows.row(i), h.row(first + i).subspan(first).begin());
    }
  });
  mirror_upper(h.view());
  return h;
}

/// inverse_factor by parts.
inline Matrix inverse_factor_by_parts(ConstMatrixView h, std::size_t parts, const Team& team) {
  Matrix a = reversed(h);
  const std::size_t half = first_half(h.rows);
  const std::size_t rest = h.rows - half;
  const MatrixView p = a.view().block(0, 0, half, half);
  const MatrixView q = a.view().block(0, half, half, rest);
  const MatrixView r = a.view().block(half, half, rest, rest);
  if (!cholesky(p)) return {};
  team(parts, [&](std::size_t part) {
    const auto [first, count] = even_part(rest, part, parts);
    solve_transposed_upper(p, q.block(0, first, half, count));
  });
  team(parts, [&](std::size_t part) {
    const auto [first, count] = triangle_part(rest, part, parts);
    subtract_solved(r.block(first, first, count, rest - first), q.block(0, first, half, rest - first));
  });
  if (!cholesky(r)) return {};
  team(2, [&](std::size_t part) { invert_upper(part == 0 ? r : p); });
  Matrix corner(half, rest);
  team(parts, [&](std::size_t part) {
    const auto [first, count] = triangle_part(half, part, parts);
    multiply_corner(p.block(first, 0, count, half), first, q, r, corner.view().block(first, 0, count, rest));
  });
  for (std::size_t i = 0; i < half; ++i) std::ranges::copy(corner.row(i), q.row(i).begin());
  mirror_other_diagonal(a.view());
  return a;
}

/// invert_hessian by parts.
inline InverseHessian invert_by_parts(Matrix h, double damping, bool descending_diagonal, std::size_t parts,
                                      const Team& team) {
  DampedHessian damped(std::move(h), damping, descending_diagonal);
  InverseHessian inverse;
  while (inverse.factor.rows() == 0) {
    damped.raise();
    inverse.factor = inverse_factor_by_parts(damped.view(), parts, team);
  }
  inverse.order = damped.order();
  inverse.dead = damped.dead();
  inverse.damping = damped.damping();
  return inverse;
}

}  // namespace compression::test
