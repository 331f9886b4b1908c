package conformance

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
)

// T is the testing.TB of a case. That of an excepted case takes note of failures
// instead of failing the test.
type T struct {
	testing.TB
	recording bool
	mu        sync.Mutex
	failures  []string
}

// record runs a case and returns its failures. A failure that ends the case ends
// its goroutine, which is why it has one of its own.
func record(t *testing.T, run func(*T)) []string {
	rec := &T{TB: t, recording: true}
	done := make(chan struct{})
	go func() {
		defer close(done)
		run(rec)
	}()
	<-done
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return rec.failures
}

func (t *T) fail(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failures = append(t.failures, text)
}

// Errorf fails the case, which goes on.
func (t *T) Errorf(format string, args ...any) {
	t.TB.Helper()
	if !t.recording {
		t.TB.Errorf(format, args...)
		return
	}
	t.fail(fmt.Sprintf(format, args...))
}

// Error fails the case, which goes on.
func (t *T) Error(args ...any) {
	t.TB.Helper()
	t.Errorf("%s", fmt.Sprint(args...))
}

// Fatalf fails the case and ends it.
func (t *T) Fatalf(format string, args ...any) {
	t.TB.Helper()
	t.Errorf(format, args...)
	t.FailNow()
}

// Fatal fails the case and ends it.
func (t *T) Fatal(args ...any) {
	t.TB.Helper()
	t.Errorf("%s", fmt.Sprint(args...))
	t.FailNow()
}

// Fail fails the case, which goes on.
func (t *T) Fail() { t.Errorf("the case failed") }

// FailNow ends the case, which has failed.
func (t *T) FailNow() {
	if !t.recording {
		t.TB.FailNow()
	}
	if !t.Failed() {
		t.fail("the case failed")
	}
	runtime.Goexit()
}

// Failed reports whether the case has failed.
func (t *T) Failed() bool {
	if !t.recording {
		return t.TB.Failed()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.failures) > 0
}
