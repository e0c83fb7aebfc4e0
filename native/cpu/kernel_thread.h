// Runs kernel code on a thread in such a way that it can be stopped: by a fault of its own, or from
// outside.
#pragma once

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "cpu/fiber.h"
#include "cpu/kernel_code.h"

namespace assay::cpu {

enum class Access { unknown, read, write };

// Why and where kernel code was left early.
struct Incident {
  int signal = 0;  // 0: nothing happened
  int code = 0;
  std::uintptr_t address = 0;  // that was accessed
  std::uintptr_t program_counter = 0;  // in the kernel's library, or 0
  Access access = Access::unknown;
  bool stack_overflow = false;
};

class KernelThread {
 public:
  // Raised in a thread to stop it.
  static constexpr int kInterrupt = SIGURG;

  explicit KernelThread(const FiberStacks& stacks);
  ~KernelThread();
  KernelThread(const KernelThread&) = delete;
  KernelThread& operator=(const KernelThread&) = delete;

  // Calls body(context) on the calling thread, which has to be the same at every call. False if the
  // code faulted, or was interrupted after `stop` was set: incident() tells more. Nothing that
  // body() has on the stack is destroyed then.
  bool run(void (*body)(void*), void* context, const CodeRange& code,
           const std::atomic<bool>& stop);
  const Incident& incident() const { return incident_; }
  void clear_incident() { incident_ = Incident{}; }

  // Makes run() return on its own thread, if it is running and its `stop` is set.
  void interrupt();

 private:
  static void install_handlers();
  static void on_signal(int signal, siginfo_t* info, void* context);

  void attach();
  bool expects(int signal, const siginfo_t& info) const;
  void record(int signal, const siginfo_t& info, const void* context);
  StackRange stack_of(std::uintptr_t stack_pointer) const;
  bool overflows_stack(std::uintptr_t address, std::uintptr_t stack_pointer) const;
  std::uintptr_t locate(std::uintptr_t program_counter, std::uintptr_t link_register,
                        std::uintptr_t stack_pointer) const;

  const FiberStacks& stacks_;
  bool attached_ = false;
  std::atomic<bool> in_kernel_{false};
  pthread_t thread_{};
  StackRange own_stack_;
  std::unique_ptr<char[]> signal_stack_;
  sigjmp_buf escape_;
  const CodeRange* code_ = nullptr;
  const std::atomic<bool>* stop_ = nullptr;
  Incident incident_;
};

}  // namespace assay::cpu
