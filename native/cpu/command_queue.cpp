#include "cpu/command_queue.h"

#include <chrono>
#include <utility>

#include "cpu/failure.h"

namespace assay::cpu {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;
using Status = CommandBuffer::Status;

// How often and for how long a stuck kernel is asked to stop.
constexpr double kInterruptEvery = 0.01;
constexpr double kStopWithin = 5.0;

double now() { return Seconds(Clock::now().time_since_epoch()).count(); }

std::vector<std::unique_ptr<Worker>> make_workers(unsigned count) {
  std::vector<std::unique_ptr<Worker>> workers;
  for (unsigned i = 0; i < count; ++i) {
    workers.push_back(std::make_unique<Worker>());
  }
  return workers;
}

}  // namespace

bool Submission::wait(double seconds) {
  std::unique_lock<std::mutex> lock(mutex_);
  return ended_.wait_for(lock, Seconds(seconds), [this] { return ended(); });
}

Status Submission::status() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return status_;
}

Interval Submission::interval() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return interval_;
}

void Submission::throw_failure() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (failure_) {
    throw DeviceError(*failure_);
  }
}

void Submission::end(const Interval& interval, std::optional<DeviceError> failure) {
  dispatches_.clear();
  const std::lock_guard<std::mutex> lock(mutex_);
  status_ = failure ? Status::error : Status::completed;
  interval_ = interval;
  failure_ = std::move(failure);
  ended_.notify_all();
}

CommandQueue::CommandQueue(unsigned threads)
    : workers_(make_workers(threads)),
      pool_(threads - 1),
      leader_(std::make_unique<Thread>([this] { lead(); })) {}

CommandQueue::~CommandQueue() {
  std::shared_ptr<Submission> running;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closed_ = true;
    waiting_.clear();
    running = running_;
  }
  filled_.notify_all();
  if (running) {
    running->stop_.store(true);
    while (!running->wait(kInterruptEvery)) {
      interrupt_all();
    }
  }
  leader_.reset();
}

void CommandQueue::submit(std::shared_ptr<Submission> submission) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    waiting_.push_back(std::move(submission));
  }
  filled_.notify_one();
}

// Takes the submission out of the queue; false if it is not waiting there.
bool CommandQueue::withdraw(Submission& submission) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto it = waiting_.begin(); it != waiting_.end(); ++it) {
    if (it->get() == &submission) {
      waiting_.erase(it);
      return true;
    }
  }
  return false;
}

void CommandQueue::stop(Submission& submission, double limit) {
  if (withdraw(submission)) {
    submission.end({}, unstarted_error(limit));
    return;
  }
  submission.limit_.store(limit);
  submission.stop_.store(true);
  const auto give_up = Clock::now() + Seconds(kStopWithin);
  while (!submission.wait(kInterruptEvery)) {
    if (Clock::now() > give_up) {
      throw DeviceError("timeout", "a kernel that ran too long cannot be stopped: "
                                   "start a new process");
    }
    interrupt_all();
  }
}

void CommandQueue::interrupt_all() {
  for (auto& worker : workers_) {
    worker->thread.interrupt();
  }
}

std::shared_ptr<Submission> CommandQueue::take() {
  std::unique_lock<std::mutex> lock(mutex_);
  running_.reset();
  filled_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
  if (!waiting_.empty()) {
    running_ = std::move(waiting_.front());
    waiting_.pop_front();
  }
  return running_;
}

void CommandQueue::lead() {
  while (const std::shared_ptr<Submission> submission = take()) {
    run(*submission);
  }
}

void CommandQueue::set_margins(const Submission& submission) {
  const bool readable = submission.manner_.lenient_reads;
  for (const Dispatch& dispatch : submission.dispatches_) {
    for (const BufferBinding& binding : dispatch.buffers) {
      if (binding.buffer) {
        static_cast<CpuBuffer&>(*binding.buffer).memory().set_margins(readable);
      }
    }
  }
  for (auto& worker : workers_) {
    worker->memory.set_margins(readable);
  }
}

void CommandQueue::run(Submission& submission) {
  set_margins(submission);
  const double start = now();
  std::optional<DeviceError> failure = run_dispatches(submission);
  submission.end({start, now()}, std::move(failure));
}

std::optional<DeviceError> CommandQueue::run_dispatches(Submission& submission) {
  for (const Dispatch& dispatch : submission.dispatches_) {
    if (std::optional<DeviceError> failure = run_dispatch(submission, dispatch)) {
      return failure;
    }
  }
  return std::nullopt;
}

std::optional<DeviceError> CommandQueue::run_dispatch(Submission& submission,
                                                      const Dispatch& dispatch) {
  struct Context {
    CommandQueue* queue;
    DispatchRun run;
    std::atomic<bool>& stop;
  };
  // Set by a failing thread, or from outside when the time is over.
  std::atomic<bool>& stop = submission.stop_;
  Context context{this, {dispatch, threads(), submission.manner_.perturbation, stop}, stop};
  const auto task = [](void* argument, unsigned thread) {
    auto& shared = *static_cast<Context*>(argument);
    shared.queue->take_part(shared.run, shared.stop, *shared.queue->workers_[thread]);
  };
  if (context.run.is_shared()) {
    pool_.run(task, &context);
  } else {
    task(&context, 0);
  }
  if (!stop.load()) {
    return std::nullopt;
  }
  return failure_of(dispatch, submission.limit_.load());
}

// Says why the dispatch was stopped, and forgets it.
std::optional<DeviceError> CommandQueue::failure_of(const Dispatch& dispatch, double limit) {
  std::optional<DeviceError> failure = std::exchange(resource_error_, std::nullopt);
  for (const auto& worker : workers_) {
    const int signal = worker->thread.incident().signal;
    if (!failure && signal != 0 && signal != KernelThread::kInterrupt) {
      failure = fault_error(dispatch, *worker);
    }
  }
  if (!failure) {
    failure = timeout_error(dispatch, limit, workers_);
  }
  for (auto& worker : workers_) {
    worker->thread.clear_incident();
  }
  return failure;
}

void CommandQueue::take_part(DispatchRun& run, std::atomic<bool>& stop, Worker& worker) {
  try {
    if (run.take_part(worker)) {
      return;
    }
  } catch (const DeviceError& error) {
    const std::lock_guard<std::mutex> lock(error_mutex_);
    resource_error_ = error;
  }
  stop.store(true);
  interrupt_all();
}

}  // namespace assay::cpu
