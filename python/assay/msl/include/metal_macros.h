// Macros of the Metal standard library. They are expanded before the source is analysed.
#define __METAL__ 1
#define __METAL_VERSION__ 310
#define __METAL_CPP__ 1
#define __METAL_MACOS__ 1
#define __HAVE_BFLOAT__ 1
#define __METAL_PRECISE_MATH__ 0
#define __METAL_FAST_MATH__ 1
#define __METAL_MAYBE_FAST_MATH__ 1
#define METAL_FUNC inline __attribute__((__always_inline__))
#define METAL_ALIGN(N) alignas(N)
#define METAL_CONST __attribute__((__const__))
#define METAL_PURE __attribute__((__pure__))
#define assert(CONDITION) ((void)0)
#define coherent(SCOPE)  // memory of this device is coherent everywhere

#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
#define HUGE_VALF __builtin_inff()
#define HUGE_VALH ((half)__builtin_inff())

#define CHAR_BIT 8
#define CHAR_MIN (-128)
#define CHAR_MAX 127
#define SCHAR_MIN (-128)
#define SCHAR_MAX 127
#define UCHAR_MAX 255
#define SHRT_MIN (-32768)
#define SHRT_MAX 32767
#define USHRT_MAX 65535
#define INT_MIN (-2147483647 - 1)
#define INT_MAX 2147483647
#define UINT_MAX 4294967295u
#define LONG_MIN (-9223372036854775807l - 1l)
#define LONG_MAX 9223372036854775807l
#define ULONG_MAX 18446744073709551615ul

#define FLT_DIG 6
#define FLT_MANT_DIG 24
#define FLT_MAX_10_EXP 38
#define FLT_MAX_EXP 128
#define FLT_MIN_10_EXP (-37)
#define FLT_MIN_EXP (-125)
#define FLT_RADIX 2
#define FLT_MAX 0x1.fffffep127f
#define FLT_MIN 0x1.0p-126f
#define FLT_EPSILON 0x1.0p-23f
#define MAXFLOAT FLT_MAX
#define HALF_DIG 3
#define HALF_MANT_DIG 11
#define HALF_MAX_10_EXP 4
#define HALF_MAX_EXP 16
#define HALF_MIN_10_EXP (-4)
#define HALF_MIN_EXP (-13)
#define HALF_RADIX 2
#define HALF_MAX ((half)0x1.ffcp15f)
#define HALF_MIN ((half)0x1.0p-14f)
#define HALF_EPSILON ((half)0x1.0p-10f)
#define MAXHALF HALF_MAX

#define M_E_F 2.71828182845904523536028747135266250f
#define M_LOG2E_F 1.44269504088896340735992468100189214f
#define M_LOG10E_F 0.434294481903251827651128918916605082f
#define M_LN2_F 0.693147180559945309417232121458176568f
#define M_LN10_F 2.30258509299404568401799145468436421f
#define M_PI_F 3.14159265358979323846264338327950288f
#define M_PI_2_F 1.57079632679489661923132169163975144f
#define M_PI_4_F 0.785398163397448309615660845819875721f
#define M_1_PI_F 0.318309886183790671537767526745028724f
#define M_2_PI_F 0.636619772367581343075535053490057448f
#define M_2_SQRTPI_F 1.12837916709551257389615890312154517f
#define M_SQRT2_F 1.41421356237309504880168872420969808f
#define M_SQRT1_2_F 0.707106781186547524400844362104849039f
#define M_E_H ((half)M_E_F)
#define M_LOG2E_H ((half)M_LOG2E_F)
#define M_LOG10E_H ((half)M_LOG10E_F)
#define M_LN2_H ((half)M_LN2_F)
#define M_LN10_H ((half)M_LN10_F)
#define M_PI_H ((half)M_PI_F)
#define M_PI_2_H ((half)M_PI_2_F)
#define M_PI_4_H ((half)M_PI_4_F)
#define M_1_PI_H ((half)M_1_PI_F)
#define M_2_PI_H ((half)M_2_PI_F)
#define M_2_SQRTPI_H ((half)M_2_SQRTPI_F)
#define M_SQRT2_H ((half)M_SQRT2_F)
#define M_SQRT1_2_H ((half)M_SQRT1_2_F)

// Functions of Apple's compiler below its library, see assay_builtins.h. As macros they keep the
// position of the call, which tells simdgroup functions apart.
#define __metal_get_simdgroup_size(ANY) ((ushort)32)
#define __metal_get_quadgroup_size(ANY) ((ushort)4)
#define __metal_simd_all ::metal::simd_all
#define __metal_simd_any ::metal::simd_any
#define __metal_simd_broadcast ::metal::simd_broadcast
#define __metal_simd_broadcast_first ::metal::simd_broadcast_first
#define __metal_simd_shuffle ::metal::simd_shuffle
#define __metal_simd_shuffle_up ::metal::simd_shuffle_up
#define __metal_simd_shuffle_down ::metal::simd_shuffle_down
#define __metal_simd_shuffle_xor ::metal::simd_shuffle_xor
#define __metal_simd_shuffle_rotate_up ::metal::simd_shuffle_rotate_up
#define __metal_simd_shuffle_rotate_down ::metal::simd_shuffle_rotate_down
#define __metal_simd_shuffle_and_fill_up ::metal::simd_shuffle_and_fill_up
#define __metal_simd_shuffle_and_fill_down ::metal::simd_shuffle_and_fill_down
#define __metal_simd_sum ::metal::simd_sum
#define __metal_simd_product ::metal::simd_product
#define __metal_simd_min ::metal::simd_min
#define __metal_simd_max ::metal::simd_max
#define __metal_simd_and ::metal::simd_and
#define __metal_simd_or ::metal::simd_or
#define __metal_simd_xor ::metal::simd_xor
#define __metal_simd_prefix_exclusive_sum ::metal::simd_prefix_exclusive_sum
#define __metal_simd_prefix_inclusive_sum ::metal::simd_prefix_inclusive_sum
#define __metal_simd_prefix_exclusive_product ::metal::simd_prefix_exclusive_product
#define __metal_simd_prefix_inclusive_product ::metal::simd_prefix_inclusive_product
#define __metal_quad_broadcast ::metal::quad_broadcast
#define __metal_quad_shuffle ::metal::quad_shuffle
#define __metal_quad_shuffle_up ::metal::quad_shuffle_up
#define __metal_quad_shuffle_down ::metal::quad_shuffle_down
#define __metal_quad_shuffle_xor ::metal::quad_shuffle_xor
