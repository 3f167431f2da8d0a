/// Sums whose rounding is the same in every build.
#pragma once

#include <array>
#include <cstddef>

namespace compression {

/// Independent partial results of a reduction: eight of them are what a compiler vectorises without changing
/// a bit.
inline constexpr std::size_t reduction_lanes = 8;

/// Calls body(i, i mod 8) for i < count, in order.
template <class Body>
inline void for_each_lane(std::size_t count, Body body) {
  std::size_t i = 0;
  for (; i + reduction_lanes <= count; i += reduction_lanes) {
    for (std::size_t lane = 0; lane < reduction_lanes; ++lane) body(i + lane, lane);
  }
  for (std::size_t lane = 0; i < count; ++i, ++lane) body(i, lane);
}

/// A sum in double: term i goes to the partial sum of lane i mod 8, and the partial sums are added up in the
/// order 0…7.
class FixedOrderSum {
 public:
  void add(std::size_t lane, double term) noexcept { partial_[lane] += term; }

  [[nodiscard]] double total() const noexcept {
    double sum = 0;
    for (const double part : partial_) sum += part;
    return sum;
  }

 private:
  std::array<double, reduction_lanes> partial_{};
};

/// Σ term(i) for i < count.
template <class Term>
inline double fixed_order_sum(std::size_t count, Term term) {
  FixedOrderSum sum;
  for_each_lane(count, [&](std::size_t i, std::size_t lane) { sum.add(lane, term(i)); });
  return sum.total();
}

}  // namespace compression
