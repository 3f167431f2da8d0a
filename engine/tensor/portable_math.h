/// The transcendental functions of the engine. A C library's own differ in the last bit from one to the next;
/// these are made of +, −, ×, ÷ alone, which IEEE 754 fixes, and so give the same bits on every machine.
#pragma once

namespace compression {

/// e^x, within 1 ulp; 0 below −745.2, infinity above 709.8.
double exponential(double x) noexcept;

/// ln(1 + x) for x > −1, within 1 ulp.
double log_one_plus(double x) noexcept;

/// ln x for x ≥ 0, within 1 ulp; −infinity at 0.
double logarithm(double x) noexcept;

/// log2 x, within 2 ulp and exact at powers of two; −infinity at 0.
double logarithm2(double x) noexcept;

/// log10 x, within 2 ulp; −infinity at 0.
double logarithm10(double x) noexcept;

}  // namespace compression
