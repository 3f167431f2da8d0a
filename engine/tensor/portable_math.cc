// Argument reduction and minimax polynomials of Sun's fdlibm (K. C. Ng), sums in the order of glibc's log1p,
// which is the one NumPy draws the tail of its normal distribution with.
#include "engine/tensor/portable_math.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

namespace compression {
namespace {

// ln 2 in two parts: the high one has 32 bits, so that multiples of it by an exponent are exact.
constexpr double ln2_high = 6.93147180369123816490e-01;
constexpr double ln2_low = 1.90821492927058770002e-10;

struct Scaled {
  int exponent;
  double mantissa;  // sqrt(1/2) … sqrt(2)
};

/// x > 0 as 2^exponent × mantissa.
Scaled split(double x) noexcept {
  int exponent = 0;
  double mantissa = 2 * std::frexp(x, &exponent);
  --exponent;
  // The bound is sqrt(2) cut to 20 bits, as in fdlibm.
  if (std::bit_cast<std::uint64_t>(mantissa) >= 0x3FF6A09E00000000) {
    mantissa *= 0.5;
    ++exponent;
  }
  return {exponent, mantissa};
}

/// exponent × ln 2 + ln(1 + f) + correction, for 1 + f within sqrt(1/2) … sqrt(2).
double sum_of_logarithms(int exponent, double f, double correction) noexcept {
  const double k = exponent;
  const double half_square = 0.5 * f * f;
  const double low = k * ln2_low + correction;
  if (std::abs(f) < 0x1p-20) {
    if (f == 0) return k * ln2_high + low;
    const double r = half_square * (1.0 - 0.66666666666666666 * f);
    return exponent == 0 ? f - r : k * ln2_high - ((r - low) - f);
  }
  const double s = f / (2.0 + f);
  const double z = s * s;
  const double z2 = z * z;
  const double z4 = z2 * z2;
  const double r1 = z * 6.666666666666735130e-01;
  const double r2 = 3.999999999940941908e-01 + z * 2.857142874366239149e-01;
  const double r3 = 2.222219843214978396e-01 + z * 1.818357216161805012e-01;
  const double r4 = 1.531383769920937332e-01 + z * 1.479819860511658591e-01;
  const double r = r1 + z2 * r2 + z4 * r3 + (z4 * z2) * r4;
  if (exponent == 0) return f - (half_square - s * (half_square + r));
  return k * ln2_high - ((half_square - (s * (half_square + r) + low)) - f);
}

}  // namespace

double log_one_plus(double x) noexcept {
  if (std::abs(x) < 0x1p-54) return x;
  if (std::abs(x) < 0x1p-29) return x - x * x * 0.5;
  // 1 + x is within sqrt(1/2) … sqrt(2): no reduction, nothing lost.
  if (x > -0.2928932309150696 && x < 0.41421365737915039) return sum_of_logarithms(0, x, 0);
  const double sum = 1.0 + x;
  const auto [exponent, mantissa] = split(sum);
  const double lost = std::ilogb(sum) > 0 ? 1.0 - (sum - x) : x - (sum - 1.0);
  return sum_of_logarithms(exponent, mantissa - 1.0, lost / sum);
}

double logarithm(double x) noexcept {
  if (x == 0) return -std::numeric_limits<double>::infinity();
  const auto [exponent, mantissa] = split(x);
  return sum_of_logarithms(exponent, mantissa - 1.0, 0);
}

double logarithm2(double x) noexcept {
  if (x == 0) return -std::numeric_limits<double>::infinity();
  const auto [exponent, mantissa] = split(x);
  return exponent + sum_of_logarithms(0, mantissa - 1.0, 0) * std::numbers::log2e;
}

double logarithm10(double x) noexcept {
  return logarithm(x) * std::numbers::log10e;
}

double exponential(double x) noexcept {
  if (x > 709.782712893384) return std::numeric_limits<double>::infinity();
  if (x < -745.1332191019412) return 0;
  const int k = static_cast<int>(x * std::numbers::log2e + (x < 0 ? -0.5 : 0.5));
  const double high = x - k * ln2_high;
  const double low = k * ln2_low;
  const double r = high - low;
  const double t = r * r;
  const double c = r - t * (1.66666666666666019037e-01 +
                            t * (-2.77777777770155933842e-03 +
                                 t * (6.61375632143793436117e-05 +
                                      t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))));
  const double mantissa = 1.0 - ((low - (r * c) / (2.0 - c)) - high);
  return std::ldexp(mantissa, k);
}

}  // namespace compression
