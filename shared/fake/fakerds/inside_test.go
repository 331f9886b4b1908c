package fakerds

import (
	"testing"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/database"
)

func wantKind(t *testing.T, what string, err error, code coded.Code) {
	t.Helper()
	if got := coded.Of(err); got != code {
		t.Fatalf("%s: %v (code %q), want %q", what, err, got, code)
	}
}

func TestInside_lifecycle(t *testing.T) {
	w := newWorld(t, nil)
	w.ready("shard", testKey)
	in, at := w.Inside(), w.login("shard")
	wantKind(t, "verify before", in.Verify(ctx, at), coded.NotFound)
	wantKind(t, "unfence before", in.Unfence(ctx, at), coded.NotFound)
	wantKind(t, "fence before", in.Fence(ctx, at), "")
	for range 2 {
		wantKind(t, "prepare", in.Prepare(ctx, at), "")
	}
	wantKind(t, "verify", in.Verify(ctx, at), "")
	for range 3 {
		w.must(w.Connect(ctx, "shard", at.Role))
	}
	if n := w.Backends("shard", at.Role); n != 3 {
		t.Fatalf("%d backends", n)
	}
	for range 2 {
		wantKind(t, "fence", in.Fence(ctx, at), "")
	}
	if n := w.Backends("shard", at.Role); n != 0 {
		t.Fatalf("%d backends outlived the fence", n)
	}
	wantKind(t, "connect fenced", w.Connect(ctx, "shard", at.Role), coded.Conflict)
	wantKind(t, "verify fenced", in.Verify(ctx, at), coded.Conflict)
	wantKind(t, "prepare fenced", in.Prepare(ctx, at), "")
	wantKind(t, "connect after a second prepare", w.Connect(ctx, "shard", at.Role), coded.Conflict)
	for range 2 {
		wantKind(t, "unfence", in.Unfence(ctx, at), "")
	}
	wantKind(t, "connect", w.Connect(ctx, "shard", at.Role), "")

	thief := at
	thief.Role = "other"
	wantKind(t, "prepare another's", in.Prepare(ctx, thief), coded.Conflict)
	wantKind(t, "drop another's", in.Drop(ctx, thief), coded.Conflict)
	for range 2 {
		wantKind(t, "drop", in.Drop(ctx, at), "")
	}
	wantKind(t, "connect dropped", w.Connect(ctx, "shard", at.Role), coded.NotFound)
}

func TestInside_unreachable(t *testing.T) {
	for _, status := range guideStatuses {
		t.Run(status, func(t *testing.T) {
			w := newWorld(t, nil)
			w.ready("orders", testKey)
			at := w.login("orders")
			w.must(w.Inside().Prepare(ctx, at))
			w.must(w.Connect(ctx, "orders", at.Role))
			w.must(w.Force(ctx, "orders", status))
			if rulesFor(status).connect {
				wantKind(t, "verify", w.Inside().Verify(ctx, at), "")
				return
			}
			wantKind(t, "verify", w.Inside().Verify(ctx, at), coded.Retryable)
			wantKind(t, "fence", w.Inside().Fence(ctx, at), coded.Retryable)
			if n := w.Backends("orders", at.Role); n != 0 {
				t.Fatalf("%d connections to an instance that is down", n)
			}
		})
	}
	w := newWorld(t, nil)
	w.ready("orders", testKey)
	at := w.login("orders")
	wantKind(t, "no endpoint", w.Inside().Verify(ctx, database.Login{InstanceID: "orders"}), coded.Invalid)
	at.Endpoint = "elsewhere:5432"
	wantKind(t, "other endpoint", w.Inside().Verify(ctx, at), coded.Retryable)
	wantKind(t, "no instance", w.Inside().Verify(ctx, database.Login{InstanceID: "nobody", Endpoint: "x"}), coded.Retryable)
}

// RDS itself serves on for two hours after the key was lost.
func TestInside_servesUntilInaccessible(t *testing.T) {
	w := newWorld(t, nil)
	w.ready("orders", testKey)
	at := w.login("orders")
	w.must(w.Inside().Prepare(ctx, at))
	w.disable(testKey)
	w.advance(2 * time.Hour)
	wantKind(t, "two hours after the key was disabled", w.Connect(ctx, "orders", at.Role), "")
	w.advance(30 * time.Minute)
	wantKind(t, "two and a half", w.Connect(ctx, "orders", at.Role), coded.Retryable)
}
