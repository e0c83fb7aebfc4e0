// Type traits (specification, section 6.17), on the compiler's own.
#pragma once

namespace metal {
#define ASSAY_TRAIT(name, ...)                        \
  template <class T>                                  \
  struct name : bool_constant<__VA_ARGS__> {};        \
  template <class T>                                  \
  constexpr bool name##_v = name<T>::value;
ASSAY_TRAIT(is_integral, __is_integral(T))
ASSAY_TRAIT(is_floating_point, __is_floating_point(T) || is_same_v<__remove_cv(T), half> ||
                                   is_same_v<__remove_cv(T), bfloat>)
ASSAY_TRAIT(is_arithmetic, is_integral_v<T> || is_floating_point_v<T>)
ASSAY_TRAIT(is_scalar, is_arithmetic_v<T> || __is_enum(T) || __is_pointer(T))
ASSAY_TRAIT(is_vector, assay::is_vector<__remove_cv(T)>)
ASSAY_TRAIT(is_signed, T(-1) < T(0))
ASSAY_TRAIT(is_unsigned, is_integral_v<T> && !is_signed_v<T>)
ASSAY_TRAIT(is_pointer, __is_pointer(T))
ASSAY_TRAIT(is_reference, __is_reference(T))
ASSAY_TRAIT(is_enum, __is_enum(T))
ASSAY_TRAIT(is_union, __is_union(T))
ASSAY_TRAIT(is_class, __is_class(T))
ASSAY_TRAIT(is_const, __is_const(T))
ASSAY_TRAIT(is_void, __is_void(T))
ASSAY_TRAIT(is_array, __is_array(T))
ASSAY_TRAIT(is_trivially_copyable, __is_trivially_copyable(T))
ASSAY_TRAIT(is_volatile, __is_volatile(T))
ASSAY_TRAIT(is_lvalue_reference, __is_lvalue_reference(T))
ASSAY_TRAIT(is_rvalue_reference, __is_rvalue_reference(T))
ASSAY_TRAIT(is_function, __is_function(T))
ASSAY_TRAIT(is_object, __is_object(T))
ASSAY_TRAIT(is_fundamental, is_arithmetic_v<T> || is_void_v<T>)
ASSAY_TRAIT(is_compound, !is_fundamental_v<T>)
ASSAY_TRAIT(is_default_constructible, __is_constructible(T))
template <class T, class... A>
struct is_constructible : bool_constant<__is_constructible(T, A...)> {};
template <class T, class... A>
constexpr bool is_constructible_v = is_constructible<T, A...>::value;
template <class T>
struct rank : integral_constant<size_t, __array_rank(T)> {};
template <class T>
constexpr size_t rank_v = rank<T>::value;

template <class T>
struct alignment_of : integral_constant<size_t, alignof(T)> {};
template <class T>
constexpr size_t alignment_of_v = alignment_of<T>::value;
template <class T, unsigned I = 0>
struct extent : integral_constant<size_t, __array_extent(T, I)> {};
template <class T, unsigned I = 0>
constexpr size_t extent_v = extent<T, I>::value;

template <class From, class To>
struct is_convertible : bool_constant<__is_convertible(From, To)> {};
template <class From, class To>
constexpr bool is_convertible_v = is_convertible<From, To>::value;
template <class A, class B>
struct is_base_of : bool_constant<__is_base_of(A, B)> {};
template <class A, class B>
constexpr bool is_base_of_v = is_base_of<A, B>::value;

#define ASSAY_TRANSFORM(name, ...)              \
  template <class T>                            \
  struct name {                                 \
    typedef __VA_ARGS__ type;                   \
  };                                            \
  template <class T>                            \
  using name##_t = typename name<T>::type;
ASSAY_TRANSFORM(remove_const, __remove_const(T))
ASSAY_TRANSFORM(remove_volatile, __remove_volatile(T))
ASSAY_TRANSFORM(remove_cv, __remove_cv(T))
ASSAY_TRANSFORM(remove_reference, __remove_reference_t(T))
ASSAY_TRANSFORM(remove_pointer, __remove_pointer(T))
ASSAY_TRANSFORM(remove_extent, __remove_extent(T))
ASSAY_TRANSFORM(remove_all_extents, __remove_all_extents(T))
ASSAY_TRANSFORM(add_const, const T)
ASSAY_TRANSFORM(add_volatile, volatile T)
ASSAY_TRANSFORM(add_cv, const volatile T)
ASSAY_TRANSFORM(add_pointer, __add_pointer(T))
ASSAY_TRANSFORM(add_lvalue_reference, __add_lvalue_reference(T))
ASSAY_TRANSFORM(add_rvalue_reference, __add_rvalue_reference(T))
ASSAY_TRANSFORM(decay, __decay(T))
ASSAY_TRANSFORM(underlying_type, __underlying_type(T))
ASSAY_TRANSFORM(make_unsigned, __make_unsigned(T))
ASSAY_TRANSFORM(make_signed, __make_signed(T))

template <bool... B>
constexpr bool assay_all = (true && ... && B);
template <class... T>
struct conjunction : bool_constant<assay_all<T::value...>> {};
template <class... T>
struct disjunction : bool_constant<!assay_all<!T::value...>> {};
template <class T>
struct negation : bool_constant<!T::value> {};
// The names inside of Apple's library, for sources that enable its internals.
template <class... T>
using _conjunction = conjunction<T...>;
template <class... T>
using _disjunction = disjunction<T...>;
template <class T>
using _negation = negation<T>;

template <class T>
constexpr __remove_reference_t(T) &&move(T &&value) {
  return static_cast<__remove_reference_t(T) &&>(value);
}
template <class T>
ASSAY_INLINE void swap(thread T &a, thread T &b) {
  const T old = a;
  a = b;
  b = old;
}
template <class T>
T declval();
template <class A, class B>
struct common_type {
  typedef decltype(true ? declval<A>() : declval<B>()) type;
};
template <class A, class B>
using common_type_t = typename common_type<A, B>::type;

// The element type of a vector.
template <class T>
struct make_scalar {
  typedef typename assay::shape<T>::element type;
};
template <class T>
using make_scalar_t = typename make_scalar<T>::type;

// Types that every simdgroup function of the library takes.
template <class T>
struct __is_valid_simdgroup_type
    : bool_constant<sizeof(make_scalar_t<T>) <= 4 && !is_same_v<make_scalar_t<T>, bool> &&
                    (is_integral_v<make_scalar_t<T>> || is_same_v<make_scalar_t<T>, half> ||
                     is_same_v<make_scalar_t<T>, float>)> {};
}  // namespace metal
