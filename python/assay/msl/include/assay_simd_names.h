// The names of <simd/simd.h>, which hosts and kernels share.
#pragma once

namespace simd {
using namespace metal;
}

#define ASSAY_SIMD_NAMES(T, N)      \
  typedef T##N simd_##T##N;         \
  typedef T##N vector_##T##N;
#define ASSAY_SIMD_VECTORS(T) ASSAY_SIMD_NAMES(T, 2) ASSAY_SIMD_NAMES(T, 3) ASSAY_SIMD_NAMES(T, 4)
ASSAY_INTEGER_TYPES(ASSAY_SIMD_VECTORS)
ASSAY_SIMD_VECTORS(float)
typedef half2 simd_half2;  // `half` is a macro by now
typedef half3 simd_half3;
typedef half4 simd_half4;

#define ASSAY_SIMD_MATRIX(C, R)                       \
  typedef metal::float##C##x##R simd_float##C##x##R;  \
  typedef metal::float##C##x##R matrix_float##C##x##R;
ASSAY_SIMD_MATRIX(2, 2) ASSAY_SIMD_MATRIX(2, 3) ASSAY_SIMD_MATRIX(2, 4)
ASSAY_SIMD_MATRIX(3, 2) ASSAY_SIMD_MATRIX(3, 3) ASSAY_SIMD_MATRIX(3, 4)
ASSAY_SIMD_MATRIX(4, 2) ASSAY_SIMD_MATRIX(4, 3) ASSAY_SIMD_MATRIX(4, 4)
