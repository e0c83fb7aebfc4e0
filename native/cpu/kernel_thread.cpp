#include "cpu/kernel_thread.h"

#include <ucontext.h>

#include <array>
#include <cstring>
#include <mutex>

#include "cpu/floating_point.h"

namespace assay::cpu {
namespace {

constexpr std::size_t kSignalStack = std::size_t{64} << 10;
// Below a stack: what lies there was reached by running over its end.
constexpr std::uintptr_t kBelowStack = std::uintptr_t{1} << 20;
constexpr std::array<int, 6> kSignals = {SIGSEGV, SIGBUS, SIGFPE,
                                         SIGILL,  SIGTRAP, KernelThread::kInterrupt};

thread_local KernelThread* current __attribute__((tls_model("initial-exec"))) = nullptr;

struct sigaction previous_actions[NSIG];

// What the processor was doing.
struct Registers {
  std::uintptr_t program_counter = 0;
  std::uintptr_t stack_pointer = 0;
  std::uintptr_t link_register = 0;  // 0 where return addresses are on the stack
  Access access = Access::unknown;
};

#if defined(__x86_64__)

Registers registers_of(const ucontext_t& context) {
  constexpr greg_t kPageFault = 14;
  constexpr greg_t kWriteBit = 2;
  const auto& general = context.uc_mcontext.gregs;
  Registers found;
  found.program_counter = static_cast<std::uintptr_t>(general[REG_RIP]);
  found.stack_pointer = static_cast<std::uintptr_t>(general[REG_RSP]);
  if (general[REG_TRAPNO] == kPageFault) {
    found.access = general[REG_ERR] & kWriteBit ? Access::write : Access::read;
  }
  return found;
}

#elif defined(__aarch64__)

// The exception syndrome is one of several records after the registers.
Access access_of(const mcontext_t& context) {
  constexpr std::uint32_t kSyndromeMagic = 0x45535201;
  constexpr std::uint64_t kWriteBit = 1u << 6;
  const auto* record = reinterpret_cast<const unsigned char*>(context.__reserved);
  const auto* end = record + sizeof context.__reserved;
  while (record + 16 <= end) {
    std::uint32_t magic = 0;
    std::uint32_t size = 0;
    std::memcpy(&magic, record, sizeof magic);
    std::memcpy(&size, record + 4, sizeof size);
    if (magic == kSyndromeMagic) {
      std::uint64_t syndrome = 0;
      std::memcpy(&syndrome, record + 8, sizeof syndrome);
      return syndrome & kWriteBit ? Access::write : Access::read;
    }
    if (magic == 0 || size == 0) {
      break;
    }
    record += size;
  }
  return Access::unknown;
}

Registers registers_of(const ucontext_t& context) {
  Registers found;
  found.program_counter = context.uc_mcontext.pc;
  found.stack_pointer = context.uc_mcontext.sp;
  found.link_register = context.uc_mcontext.regs[30];
  found.access = access_of(context.uc_mcontext);
  return found;
}

#endif

// Does what would have happened without this device.
void forward(int signal, siginfo_t* info, void* context) {
  const struct sigaction& previous = previous_actions[signal];
  if (previous.sa_flags & SA_SIGINFO) {
    previous.sa_sigaction(signal, info, context);
  } else if (previous.sa_handler == SIG_DFL || previous.sa_handler == SIG_IGN) {
    if (signal != KernelThread::kInterrupt) {
      sigaction(signal, &previous, nullptr);
      if (info->si_code <= 0) {
        raise(signal);  // sent by a process: returning would not repeat it
      }
    }
  } else {
    previous.sa_handler(signal);
  }
}

}  // namespace

KernelThread::KernelThread(const FiberStacks& stacks)
    : stacks_(stacks), signal_stack_(new char[kSignalStack]) {}

KernelThread::~KernelThread() = default;

void KernelThread::install_handlers() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action {};
    action.sa_sigaction = on_signal;
    // Not deferred: the handler is left by a jump that does not restore the signal mask.
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    for (const int signal : kSignals) {
      sigaction(signal, nullptr, &previous_actions[signal]);
      sigaction(signal, &action, nullptr);
    }
  });
}

void KernelThread::attach() {
  install_handlers();
  stack_t alternate{};
  alternate.ss_sp = signal_stack_.get();
  alternate.ss_size = kSignalStack;
  sigaltstack(&alternate, nullptr);
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
    void* low = nullptr;
    std::size_t size = 0;
    pthread_attr_getstack(&attributes, &low, &size);
    pthread_attr_destroy(&attributes);
    own_stack_.low = reinterpret_cast<std::uintptr_t>(low);
    own_stack_.high = own_stack_.low + size;
  }
  flush_denormals();
  thread_ = pthread_self();
  current = this;
  attached_ = true;
}

bool KernelThread::run(void (*body)(void*), void* context, const CodeRange& code,
                       const std::atomic<bool>& stop) {
  if (!attached_) {
    attach();
  }
  code_ = &code;
  stop_ = &stop;
  if (sigsetjmp(escape_, 0) != 0) {
    flush_denormals();  // a signal handler starts with default floating-point control
    return false;
  }
  in_kernel_.store(true);
  body(context);
  in_kernel_.store(false);
  return true;
}

void KernelThread::interrupt() {
  if (in_kernel_.load()) {
    pthread_kill(thread_, kInterrupt);
  }
}

bool KernelThread::expects(int signal, const siginfo_t& info) const {
  if (!in_kernel_.load()) {
    return false;
  }
  return signal == kInterrupt ? stop_->load() : info.si_code > 0;
}

void KernelThread::on_signal(int signal, siginfo_t* info, void* context) {
  KernelThread* self = current;
  if (!self || !self->expects(signal, *info)) {
    forward(signal, info, context);
    return;
  }
  self->in_kernel_.store(false);
  self->record(signal, *info, context);
  siglongjmp(self->escape_, 1);
}

void KernelThread::record(int signal, const siginfo_t& info, const void* context) {
  const Registers registers = registers_of(*static_cast<const ucontext_t*>(context));
  incident_.signal = signal;
  incident_.code = info.si_code;
  if (signal == SIGSEGV || signal == SIGBUS) {
    incident_.address = reinterpret_cast<std::uintptr_t>(info.si_addr);
    incident_.access = registers.access;
    incident_.stack_overflow = overflows_stack(incident_.address, registers.stack_pointer);
  }
  incident_.program_counter =
      locate(registers.program_counter, registers.link_register, registers.stack_pointer);
}

// The known stack that the address lies in; {0, 0} for none.
StackRange KernelThread::stack_of(std::uintptr_t address) const {
  const StackRange range = address >= own_stack_.low && address < own_stack_.high
                               ? own_stack_
                               : stacks_.range(address);
  return address >= range.low ? range : StackRange{};
}

bool KernelThread::overflows_stack(std::uintptr_t address, std::uintptr_t stack_pointer) const {
  const bool below_own = address < own_stack_.low && address + kBelowStack >= own_stack_.low;
  const StackRange fiber = stacks_.range(address);
  const bool below_fiber = fiber.high != 0 && address < fiber.low;
  return below_own || below_fiber || stack_of(stack_pointer).high == 0;
}

// The innermost position inside the kernel's library, for the code may have called elsewhere: first
// a register, then the first word on the stack that looks like a return address.
std::uintptr_t KernelThread::locate(std::uintptr_t program_counter, std::uintptr_t link_register,
                                    std::uintptr_t stack_pointer) const {
  constexpr std::uintptr_t kSearched = 4096;
  if (code_->contains(program_counter)) {
    return program_counter;
  }
  if (code_->contains(link_register)) {
    return link_register - 1;
  }
  const StackRange stack = stack_of(stack_pointer);
  std::uintptr_t position = (stack_pointer + 7) & ~std::uintptr_t{7};
  for (; position + 8 <= stack.high && position < stack_pointer + kSearched; position += 8) {
    const std::uintptr_t word = *reinterpret_cast<const std::uintptr_t*>(position);
    if (code_->contains(word)) {
      return word - 1;
    }
  }
  return 0;
}

}  // namespace assay::cpu
