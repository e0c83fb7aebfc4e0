// Finds the method and jumps to it with all arguments as they were (System V, x86-64).

    .text

// Calls \lookup, whose two arguments are in place, and leaves its result in %r11.
.macro CALL_LOOKUP lookup
    push %rbp
    mov %rsp, %rbp
    sub $0xc0, %rsp
    movaps %xmm0, 0x00(%rsp)
    movaps %xmm1, 0x10(%rsp)
    movaps %xmm2, 0x20(%rsp)
    movaps %xmm3, 0x30(%rsp)
    movaps %xmm4, 0x40(%rsp)
    movaps %xmm5, 0x50(%rsp)
    movaps %xmm6, 0x60(%rsp)
    movaps %xmm7, 0x70(%rsp)
    mov %rax, 0x80(%rsp)
    mov %rdi, 0x88(%rsp)
    mov %rsi, 0x90(%rsp)
    mov %rdx, 0x98(%rsp)
    mov %rcx, 0xa0(%rsp)
    mov %r8, 0xa8(%rsp)
    mov %r9, 0xb0(%rsp)
    call \lookup@PLT
    mov %rax, %r11
    movaps 0x00(%rsp), %xmm0
    movaps 0x10(%rsp), %xmm1
    movaps 0x20(%rsp), %xmm2
    movaps 0x30(%rsp), %xmm3
    movaps 0x40(%rsp), %xmm4
    movaps 0x50(%rsp), %xmm5
    movaps 0x60(%rsp), %xmm6
    movaps 0x70(%rsp), %xmm7
    mov 0x80(%rsp), %rax
    mov 0x88(%rsp), %rdi
    mov 0x90(%rsp), %rsi
    mov 0x98(%rsp), %rdx
    mov 0xa0(%rsp), %rcx
    mov 0xa8(%rsp), %r8
    mov 0xb0(%rsp), %r9
    leave
.endm

    .globl objc_msgSend
    .type objc_msgSend, @function
objc_msgSend:
    test %rdi, %rdi
    je message_to_nil
    CALL_LOOKUP objc_lookup
    jmp *%r11
message_to_nil:
    xor %eax, %eax
    xor %edx, %edx
    pxor %xmm0, %xmm0
    pxor %xmm1, %xmm1
    ret

    .globl objc_msgSendSuper2
    .type objc_msgSendSuper2, @function
objc_msgSendSuper2:
    CALL_LOOKUP objc_lookup_super
    mov (%rdi), %rdi
    jmp *%r11

// Objective-C++ names its own; no Objective-C exception is ever thrown here.
    .globl __objc_personality_v0
    .type __objc_personality_v0, @function
__objc_personality_v0:
    jmp __gxx_personality_v0@PLT

    .section .note.GNU-stack, "", @progbits
