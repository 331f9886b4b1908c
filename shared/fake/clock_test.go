package fake

import (
	"sync"
	"testing"
	"time"
)

var epoch = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

type fixed time.Time

func (f fixed) Now() time.Time { return time.Time(f) }

func TestClock_Set(t *testing.T) {
	c := NewClock(epoch)
	for _, tc := range []struct {
		name     string
		to, want time.Time
	}{
		{"forward", epoch.Add(time.Hour), epoch.Add(time.Hour)},
		{"backwards is ignored", epoch, epoch.Add(time.Hour)},
		{"another zone shows as UTC", epoch.Add(2 * time.Hour).In(time.FixedZone("x", 3600)), epoch.Add(2 * time.Hour)},
	} {
		if got := c.Set(tc.to); got != tc.want || c.Now() != tc.want {
			t.Errorf("%s: Set = %v, Now = %v, want %v", tc.name, got, c.Now(), tc.want)
		}
	}
}

func TestClock_Advance(t *testing.T) {
	c := NewClock(epoch)
	c.Advance(-time.Hour)
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 100 {
				c.Advance(time.Second)
			}
		}()
	}
	wg.Wait()
	if want := epoch.Add(800 * time.Second); c.Now() != want {
		t.Errorf("Now = %v, want %v", c.Now(), want)
	}
}

func TestOffset_Advance(t *testing.T) {
	o := NewOffset(fixed(epoch), time.Hour)
	o.Advance(-time.Minute)
	if got := o.Advance(time.Minute); got != 61*time.Minute {
		t.Errorf("Advance = %v", got)
	}
	if want := epoch.Add(61 * time.Minute); o.Now() != want {
		t.Errorf("Now = %v, want %v", o.Now(), want)
	}
}

func TestUUID_form(t *testing.T) {
	if got := UUID(0, 0); got != "00000000-0000-4000-8000-000000000000" {
		t.Errorf("UUID(0, 0) = %s", got)
	}
	if got := UUID(^uint64(0), ^uint64(0)); got != "ffffffff-ffff-4fff-bfff-ffffffffffff" {
		t.Errorf("UUID(max, max) = %s", got)
	}
}

func TestNewRand_streams(t *testing.T) {
	draw := func(seed uint64, name string) uint64 { return NewRand(seed, name).Uint64() }
	if a, b := draw(1, "kms"), draw(1, "kms"); a != b {
		t.Error("one seed and name gave two streams")
	}
	if draw(1, "kms") == draw(2, "kms") || draw(1, "kms") == draw(1, "rds") {
		t.Error("another seed or name gave the same stream")
	}
}
