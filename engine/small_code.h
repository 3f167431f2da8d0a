/// Functions whose code is worth its bytes, in files that are otherwise compiled for speed.
#pragma once

/// Before a function: compile it for size. For searches, which take as long in small code, and for what is
/// called once a tensor.
#define COMPRESSION_SMALL_CODE [[gnu::cold]]
