package stack

import (
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"latchkey/shared/fake"
)

// hands is a wall clock that can be set back.
type hands struct{ at time.Time }

func (h *hands) Now() time.Time { return h.at }

func testDB(t *testing.T) *bolt.DB {
	t.Helper()
	db, err := bolt.Open(filepath.Join(t.TempDir(), "x.db"), 0o600, &bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestClock_NeverGoesBack(t *testing.T) {
	db := testDB(t)
	wall := &hands{start}
	shown := start
	for i, step := range []struct {
		name string
		wall time.Duration // moves the wall clock
		skip time.Duration
		save bool // a graceful stop before the next start
	}{
		{"first start", 0, 0, false},
		{"time passes", time.Minute, 0, false},
		{"advanced", time.Second, 48 * time.Hour, false},
		{"wall clock set back", -3 * time.Hour, 0, false},
		{"stopped", time.Hour, 0, true},
		{"wall clock set back while stopped", -time.Hour, 0, false},
		{"long downtime", 1000 * time.Hour, 0, false},
	} {
		wall.at = wall.at.Add(step.wall)
		c, err := openClock(db, wall, 1)
		if err != nil {
			t.Fatal(err)
		}
		if c.Now().Before(shown) {
			t.Fatalf("%d %s: the clock went back from %s to %s", i, step.name, shown, c.Now())
		}
		target := c.Target()
		if step.skip > 0 {
			if target, err = c.Skip(step.skip); err != nil {
				t.Fatal(err)
			}
		}
		for now := c.Now(); now.Before(target); now = c.Now() {
			next := now.Add(time.Hour)
			if next.After(target) {
				next = target
			}
			shown = c.Set(next)
			if !shown.Equal(next) || c.Err() != nil {
				t.Fatalf("%s: Set(%s) = %s, %v", step.name, next, shown, c.Err())
			}
		}
		if step.save {
			if err := c.save(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if want := start.Add(48 * time.Hour); shown.Before(want) {
		t.Errorf("the clock shows %s, and was advanced to %s", shown, want)
	}
}

func TestClock_KillDuringAdvance(t *testing.T) {
	db := testDB(t)
	wall := fake.NewClock(start)
	c, err := openClock(db, wall, 1)
	if err != nil {
		t.Fatal(err)
	}
	target, err := c.Skip(7 * 24 * time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	reached := c.Set(start.Add(24 * time.Hour))
	again, err := openClock(db, wall, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !again.Target().Equal(target) {
		t.Errorf("after a kill it goes on to %s, not %s", again.Target(), target)
	}
	if now := again.Now(); now.Before(reached) || now.Sub(reached) > longLease {
		t.Errorf("after a kill it shows %s; it had reached %s", now, reached)
	}
}

func TestClock_Speed(t *testing.T) {
	wall := fake.NewClock(start)
	c, err := openClock(testDB(t), wall, 60)
	if err != nil {
		t.Fatal(err)
	}
	wall.Advance(time.Minute)
	if got := c.Target().Sub(start); got != time.Hour {
		t.Errorf("a minute at speed 60 is %s", got)
	}
	c.Set(c.Target())
	if ahead, at := c.Ahead(); ahead != 59*time.Minute || !at.Equal(start.Add(time.Minute)) {
		t.Errorf("Ahead() = %s, %s", ahead, at)
	}
}
