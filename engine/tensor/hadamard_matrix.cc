#include "engine/tensor/hadamard_matrix.h"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/error.h"

namespace compression {
namespace {

/// A square matrix that is filled entry by entry.
class Square {
 public:
  explicit Square(std::size_t order) : order_(order), entries_(order * order) {}

  float& at(std::size_t row, std::size_t col) noexcept { return entries_[row * order_ + col]; }
  [[nodiscard]] std::size_t order() const noexcept { return order_; }
  std::vector<float> take() && { return std::move(entries_); }

 private:
  std::size_t order_;
  std::vector<float> entries_;
};

/// Jacobsthal's matrix of a prime q with a border: 0 on the diagonal, 1 right of the corner, `below` under
/// it, and χ(i − j) inside, where χ is 1 for squares modulo q and −1 for the others. Order q + 1.
Square bordered_jacobsthal(std::size_t q, float below) {
  std::vector<float> character(q, -1.0f);
  character[0] = 0;
  for (std::size_t i = 1; i < q; ++i) character[i * i % q] = 1;
  Square s(q + 1);
  for (std::size_t i = 0; i < q; ++i) {
    s.at(0, i + 1) = 1;
    s.at(i + 1, 0) = below;
    for (std::size_t j = 0; j < q; ++j) s.at(i + 1, j + 1) = character[(i + q - j) % q];
  }
  return s;
}

/// Order q + 1 for a prime q ≡ 3 (mod 4): I + S, where S is skew.
Square paley_first(std::size_t q) {
  Square h = bordered_jacobsthal(q, -1);
  for (std::size_t i = 0; i < h.order(); ++i) h.at(i, i) += 1;
  return h;
}

/// Order 2 (q + 1) for a prime q ≡ 1 (mod 4): every entry of the symmetric S becomes a 2 × 2 block.
Square paley_second(std::size_t q) {
  Square s = bordered_jacobsthal(q, 1);
  Square h(2 * s.order());
  for (std::size_t i = 0; i < s.order(); ++i) {
    for (std::size_t j = 0; j < s.order(); ++j) {
      const float off = s.at(i, j);
      const float on = i == j ? 1.0f : 0.0f;
      h.at(2 * i, 2 * j) = off + on;
      h.at(2 * i, 2 * j + 1) = off - on;
      h.at(2 * i + 1, 2 * j) = off - on;
      h.at(2 * i + 1, 2 * j + 1) = -off - on;
    }
  }
  return h;
}

/// First rows of four circulant matrices A, B, C, D with A Aᵀ + B Bᵀ + C Cᵀ + D Dᵀ = 4n I.
using FourRows = std::array<std::string_view, 4>;

/// Order 4n from circulants of order n:
///    A     BR    CR    DR
///   −BR    A     DᵀR  −CᵀR
///   −CR   −DᵀR   A     BᵀR
///   −DR    CᵀR  −BᵀR   A
/// where R reverses the order of columns.
Square goethals_seidel(const FourRows& rows) {
  struct Block {
    std::size_t circulant;
    bool transposed;
    float sign;
  };
  static constexpr Block array[4][4] = {{{0, false, 1}, {1, false, 1}, {2, false, 1}, {3, false, 1}},
                                        {{1, false, -1}, {0, false, 1}, {3, true, 1}, {2, true, -1}},
                                        {{2, false, -1}, {3, true, -1}, {0, false, 1}, {1, true, 1}},
                                        {{3, false, -1}, {2, true, 1}, {1, true, -1}, {0, false, 1}}};
  const std::size_t n = rows[0].size();
  Square h(4 * n);
  for (std::size_t block_row = 0; block_row < 4; ++block_row) {
    for (std::size_t block_col = 0; block_col < 4; ++block_col) {
      const Block& block = array[block_row][block_col];
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
          const std::size_t col = block_row == block_col ? j : n - 1 - j;
          const std::size_t shift = block.transposed ? i + n - col : col + n - i;
          const float entry = rows[block.circulant][shift % n] == '+' ? 1.0f : -1.0f;
          h.at(block_row * n + i, block_col * n + j) = block.sign * entry;
        }
      }
    }
  }
  return h;
}

// Found by searching sequences that a group of multipliers leaves as they are (for n = 29: all symmetric
// ones). Those of length 13, 29 and 43 are symmetric, so that their matrices are J. Williamson's (1944).
constexpr FourRows rows_of_13 = {"+--++++++++--", "+++-+-++-+-++", "+-++--++--++-", "+-+++----+++-"};
constexpr FourRows rows_of_29 = {"+--+-++---++++++++++---++-+--", "+-+-++---+--++++++--+---++-+-",
                                 "+++-++-++++---++---++++-++-++", "+-+-+----++-++--++-++----+-+-"};
constexpr FourRows rows_of_39 = {
    "+------++--++++--+-+++-++-+-++++-++++++", "+---+---+-+++-+--+-+++-++++-++++-+-++-+",
    "+-----+++--+--++--++++--+-+-++-+-+++-+-", "+-----+-+--++-++--+++-----+-++++---++--"};
constexpr FourRows rows_of_43 = {
    "+---++--++++-+-+++-++--++-+++-+-++++--++---", "++---++++-+--+--++--------++--+--+-++++---+",
    "+++-+-++--+-+-++++-+----+-++++-+-+--++-+-++", "++-++++++----+-+--++-++-++--+-+----++++++-+"};

Square construct(std::size_t order) {
  switch (order) {
    case 12:
    case 20:
    case 60:
    case 108:
    case 140:
      return paley_first(order - 1);
    case 28:
    case 36:
    case 124:
      return paley_second(order / 2 - 1);
    case 52:
      return goethals_seidel(rows_of_13);
    case 116:
      return goethals_seidel(rows_of_29);
    case 156:
      return goethals_seidel(rows_of_39);
    case 172:
      return goethals_seidel(rows_of_43);
    default:
      break;
  }
  if (order != 1) {
    throw EngineError(ErrorCode::invalid_argument,
                      "order must be one of hadamard_orders, not " + std::to_string(order));
  }
  Square one(1);
  one.at(0, 0) = 1;
  return one;
}

}  // namespace

std::vector<float> hadamard_matrix(std::size_t order) {
  return construct(order).take();
}

}  // namespace compression
