"""Rule and hint for each message of the compiler: one table, one entry a message."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Hint:
    """Message pattern, rule name and what to do; ``{0}`` is the pattern's first group."""

    pattern: re.Pattern[str]
    rule: str
    hint: str | None


KEEP_SPACE = "keep pointers in the address space of what they point to"
_CONVERT = "convert explicitly, for example uint4(…), or use as_type<T>(…)"
_TABLE: tuple[tuple[str, str, str | None], ...] = (
    (
        r"automatic variable qualified with an address space",
        "address-space",
        "leave the address space out, or declare the variable at program scope",
    ),
    (
        r"cannot be narrowed",
        "narrowing",
        "convert explicitly: a list in braces does not convert to a smaller type",
    ),
    (
        r"not contextually convertible to 'bool'",
        "type",
        "make one bool of a vector of bool by any(…) or all(…)",
    ),
    (
        r"brackets are not allowed here|cannot return array type",
        "syntax",
        "write them behind the name; a function returns a struct or array<T, N>",
    ),
    (
        r"take memory_order_relaxed only",
        "call",
        "pass memory_order_relaxed; a barrier or atomic_thread_fence orders other memory",
    ),
    (
        r"undeclared identifier 'std'|in namespace 'std'",
        "unknown-name",
        "Metal has no namespace std; its functions and types are in namespace metal",
    ),
    (
        r"undeclared identifier '(sincospi|math)'",
        "unknown-name",
        "Metal has no {0}; use sincos, sinpi, cospi or the functions in namespace metal",
    ),
    (
        r"undeclared identifier '(printf|assert|malloc|rand)'",
        "unknown-name",
        "Metal has no {0}: the C library does not exist on a GPU",
    ),
    (
        r"(?:undeclared identifier|unknown type name|no (?:member|type|template) named) "
        r"'\w+'.*; did you mean '([^']*)'",
        "unknown-name",
        "write {0}, if that is meant",
    ),
    (
        r"undeclared identifier '(\w+)'",
        "unknown-name",
        "declare {0} before its use, or check its spelling",
    ),
    (
        r"no (?:member|type|template) named '(\w+)' in",
        "unknown-name",
        "check the spelling of {0}",
    ),
    (
        r"unknown type name '(\w+)'|no template named '(\w+)'",
        "unknown-name",
        "declare {0} first; if it is a Metal type, include <metal_stdlib> and use namespace metal",
    ),
    (
        r"no matching function for call to '(simdgroup_multiply\w*)'",
        "call",
        "pass the destination first: {0}(d, a, b, …)",
    ),
    (
        r"no matching function for call to '((?:simd|quad)_\w+)'",
        "call",
        "give {0} numbers of at most 32 bits or vectors of them, for example as_type<uint2>(v)",
    ),
    (
        r"no matching (?:member )?function for call to '(\w+)'",
        "call",
        "compare the number and the types of the arguments with the declaration of {0}",
    ),
    (
        r"no matching function for call to object of type '([^']*)'",
        "call",
        "compare the number and the types of the arguments with operator() of {0}",
    ),
    (
        r"type '([^']*)' does not provide a call operator",
        "type",
        "leave the brackets out, or give {0} an operator()",
    ),
    (
        r"no matching constructor for initialization of '([^']*)'",
        "call",
        "give {0} what one of its constructors takes",
    ),
    (
        r"no matching conversion for \S+ cast from .* to '([^']*)'",
        "type",
        "construct it from its members: {0}{{…}}",
    ),
    (r"call to '(\w+)' is ambiguous", "call", "give all arguments of {0} the same type"),
    (r"too (?:few|many) arguments", "call", "match the declaration of the function"),
    (
        r"too (?:few|many) template arguments for class template '(\w+)'",
        "call",
        "match the parameters of the template {0}",
    ),
    (r"address space|changes address", "address-space", KEEP_SPACE),
    (
        r"cannot combine with previous '[\w-]+' declaration specifier",
        "type-name",
        "rename the variable: a type name cannot be a variable",
    ),
    (
        r"(?:discards|drops) '?(?:const )?qualifiers?|drops 'const' qualifier",
        "const",
        "declare the pointer or reference const, or what it refers to without const",
    ),
    (r"incompatible pointer types|distinct pointer types", "type", "use pointers to one type"),
    (r"cannot initialize|no viable conversion|incompatible|cannot convert", "type", _CONVERT),
    (
        r"a vector's constructor must have as many",
        "static-assert",
        "give as many components as the vector has, or a single one for all",
    ),
    (
        r"vector converts only to a vector",
        "static-assert",
        "choose components, for example v.xyz, or add some: float4(v, 1)",
    ),
    (
        r"as_type needs types of the same size",
        "static-assert",
        "use a type with as many bytes, or convert with T(…)",
    ),
    (r"simdgroup matrices are 8 x 8", "static-assert", "use simdgroup_matrix<T, 8, 8>"),
    (
        r"a comparison of vectors gives a vector of bool, no condition",
        "type",
        "choose by component with select(otherwise, chosen, condition), or ask any(…) or all(…)",
    ),
    (
        r"a comparison of vectors gives a vector of bool, no vector",
        "type",
        "declare it as a vector of bool, or convert it, for example uint4(a < b)",
    ),
    (r"static assertion failed", "static-assert", "make the condition true: it is checked here"),
    (
        r"requires a global (?:con|de)structor",
        "program-scope",
        "initialise variables at program scope with constant expressions",
    ),
    (r"variable length array", "variable-length-array", "give the array a constant size"),
    (
        r"must be initialized by a constant expression|not a constant expression",
        "constant",
        "use literals and constexpr values only, or leave constexpr out",
    ),
    (
        r"binary expression \('simdgroup_",
        "type",
        "use simdgroup_multiply or simdgroup_multiply_accumulate",
    ),
    (
        r"(?:binary expression|between pointer and integer) \(.*\*(?:const)?'",
        "type",
        "use an element, for example p[i], instead of the pointer",
    ),
    (
        r"binary expression \('(?:\w+ )*(?:float|half|bfloat)\d?' and '(?:\w+ )*\w*int\d?'\)",
        "type",
        "use fmod for the remainder; other operators on bits want integers",
    ),
    (
        r"is not contextually convertible to 'bool'",
        "type",
        "compare it with something; of a vector, ask any(…) or all(…)",
    ),
    (
        r"cannot (?:in|de)crement value of type '[^']*atomic",
        "type",
        "use atomic_fetch_add_explicit(&a, 1, memory_order_relaxed)",
    ),
    (
        r"no viable overloaded '",
        "type",
        "convert to a type with this operator; atomics have atomic_store_explicit and the like",
    ),
    (r"cannot (?:in|de)crement value of type", "type", "write += 1 or -= 1"),
    (
        r"non-const reference cannot bind to vector element|address of vector element requested",
        "type",
        "copy the component to a variable first",
    ),
    (
        r"invalid operands to binary expression|between vector (?:and|values)",
        "type",
        "convert one operand, for example float4(v)",
    ),
    (
        r"vector component access exceeds type '([^']*)'|illegal vector component name",
        "unknown-name",
        "use x, y, z, w or r, g, b, a, no further than the vector goes",
    ),
    (
        r"vector is not assignable \(contains duplicate components\)",
        "const",
        "assign to each component once",
    ),
    (
        r"cannot assign to|is not assignable|read-only|lvalue .* const",
        "const",
        "write to something that is not const, not in constant memory and not a temporary value",
    ),
    (
        r"invalid argument type '([^']*)' to unary expression",
        "type",
        "use a type that has this operator, not {0}",
    ),
    (r"should not return a value", "type", "leave the value out: the function returns void"),
    (r"non-void function .* should return|does not return a value", "type", "return a value"),
    (
        r"is a (?:private|protected) member of '([^']*)'",
        "access",
        "make it public, or use a method of {0}",
    ),
    (
        r"called object type '([^']*)' is not a function",
        "type",
        "leave the brackets out, or rename the variable that hides the function",
    ),
    (
        r"member reference base type '[^']*\*'|is a pointer; did you mean to use '->'",
        "type",
        "use -> with a pointer",
    ),
    (r"member reference base type '([^']*)'", "type", "{0} has no members"),
    (r"member reference type '[^']*' is not a pointer", "type", "use . instead of ->"),
    (r"indirection requires pointer", "type", "leave the * out"),
    (
        r"requires expression of integer type|array subscript is not an integer",
        "type",
        "convert to an integer, for example int(x)",
    ),
    (r"subscripted value is not", "type", "only arrays, pointers and vectors have elements"),
    (
        r"reference to overloaded function could not be resolved",
        "call",
        "give the template the arguments that its declaration has",
    ),
    (r"file not found", "unknown-header", "add the directory that it is in with -I"),
    (
        r"function-like macro '(\w+)' is not defined",
        "directive",
        "define {0} before, or ask with #ifdef {0} first",
    ),
    (r"unterminated conditional directive", "directive", "add #endif"),
    (r"#else|#elif|#endif", "directive", "pair every #if with one #endif"),
    (r"duplicate case value|multiple default labels", "syntax", "remove one of the two"),
    (
        r"'(?:break|continue)' statement not in",
        "syntax",
        "use it inside a loop, or break inside a switch",
    ),
    (r"hexadecimal floating literal", "syntax", "add an exponent, for example 0x1.0p0"),
    (
        r"invalid suffix",
        "syntax",
        "use f, h and bf for numbers with a point, as in 1.0h; u and l for integers",
    ),
    (
        r"invalid digit '[bBfF]' in decimal constant|no matching literal operator",
        "syntax",
        "write a point before the suffix, as in 1.0f",
    ),
    (
        r"function definition is not allowed here",
        "syntax",
        "move the function to program scope, before the kernel",
    ),
    (
        r"needs an explicit size or an initializer",
        "variable-length-array",
        "give the array a constant size",
    ),
    (r"^expected '(.)'", "syntax", "add {0} before this place"),
    (r"^expected |^extraneous |^unexpected ", "syntax", "check the statement up to this place"),
    (
        r"redefinition of (?:parameter )?'([^']*)'|conflicting types for '([^']*)'",
        "redefinition",
        "give one of the two another name",
    ),
    (r"reference to '(\w+)' is ambiguous", "unknown-name", "write ::{0} or name its namespace"),
    (
        r"implicit instantiation of undefined template '([^']*)'",
        "unknown-name",
        "define the template, or specialise it for these arguments",
    ),
    (r"incomplete type '([^']*)'", "unknown-name", "define {0} before its use"),
    (
        r"recursive template instantiation exceeded|instantiation depth",
        "template-depth",
        "end the recursion of the template, for example with if constexpr",
    ),
    (
        r"must (?:be declared|have).*address space|qualified with an address space",
        "address-space",
        KEEP_SPACE,
    ),
    (r"use of deleted function|implicitly deleted", "call", "give the type such a constructor"),
    (
        r"declaration of reference variable '(\w+)' requires an initializer",
        "type",
        "say what {0} refers to",
    ),
    (
        r"default initialization of an object of const type",
        "constant",
        "give it a value where it is declared",
    ),
)
HINTS = tuple(Hint(re.compile(pattern), rule, hint) for pattern, rule, hint in _TABLE)
