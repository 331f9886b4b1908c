package snapshot_test

import (
	"fmt"
	"math/rand"
	"regexp"
	"strings"
	"testing"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/snapshot"
)

var t0 = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestSchedule_Next(t *testing.T) {
	schedules := map[string]snapshot.Schedule{
		"daily":   snapshot.Daily,
		"monthly": snapshot.Monthly,
		"hourly":  {Every: time.Hour, WindowLength: time.Hour},
		"odd":     {Every: 7*time.Hour + 13*time.Minute, WindowStart: time.Hour, WindowLength: 90 * time.Minute},
	}
	rng := rand.New(rand.NewSource(1))
	for name, s := range schedules {
		t.Run(name, func(t *testing.T) {
			if err := s.Validate(); err != nil {
				t.Fatal(err)
			}
			for range 500 {
				id := fmt.Sprintf("tenant-%d/crm", rng.Intn(1000))
				after := t0.Add(time.Duration(rng.Int63n(int64(400 * 24 * time.Hour))))
				next := s.Next(id, after)
				inPeriod := next.Unix() % int64(s.Every/time.Second)
				from, to := int64(s.WindowStart/time.Second), int64((s.WindowStart+s.WindowLength)/time.Second)
				switch {
				case !next.After(after):
					t.Fatalf("Next(%s, %s) = %s, not after", id, after, next)
				case next.Sub(after) > s.Every:
					t.Fatalf("Next(%s, %s) = %s, more than a period later", id, after, next)
				case inPeriod < from || inPeriod >= to:
					t.Fatalf("Next = %s, outside the window", next)
				case s.Next(id, next.Add(-time.Nanosecond)) != next:
					t.Fatalf("just before %s, Next is another", next)
				case s.Next(id, next) != next.Add(s.Every):
					t.Fatalf("after %s comes %s, not one period later", next, s.Next(id, next))
				}
			}
		})
	}
}

func TestSchedule_Next_beforeEpoch(t *testing.T) {
	after := time.Date(1969, 12, 30, 3, 0, 0, 0, time.UTC)
	next := snapshot.Daily.Next("a/crm", after)
	if !next.After(after) || next.Sub(after) > 24*time.Hour {
		t.Errorf("Next = %s", next)
	}
}

func TestSchedule_Next_spreadsEvenly(t *testing.T) {
	s := snapshot.Daily
	const databases, slots = 12000, 24
	var count [slots]int
	for i := range databases {
		in := s.Next(fmt.Sprintf("tenant-%05d/crm", i), t0).Sub(t0.Truncate(24 * time.Hour))
		in = (in - s.WindowStart) % (24 * time.Hour)
		count[int(in*slots/s.WindowLength)]++
	}
	for slot, n := range count {
		if mean := databases / slots; n < mean*8/10 || n > mean*12/10 {
			t.Errorf("slot %d has %d databases, the mean is %d", slot, n, mean)
		}
	}
}

func TestSchedule_Validate(t *testing.T) {
	cases := map[string]snapshot.Schedule{
		"too often":    {Every: time.Minute, WindowLength: time.Minute},
		"no length":    {Every: time.Hour},
		"negative":     {Every: time.Hour, WindowStart: -time.Second, WindowLength: time.Minute},
		"past the end": {Every: time.Hour, WindowStart: 30 * time.Minute, WindowLength: 31 * time.Minute},
		"sub-second":   {Every: time.Hour, WindowLength: time.Millisecond},
	}
	for name, s := range cases {
		t.Run(name, func(t *testing.T) {
			if err := s.Validate(); !coded.Is(err, coded.Invalid) || coded.Hint(err) == "" {
				t.Errorf("Validate = %v, want invalid with a hint", err)
			}
			if next := s.Next("a/crm", t0); !next.IsZero() {
				t.Errorf("Next = %s, want the zero time", next)
			}
		})
	}
}

func TestID(t *testing.T) {
	valid := regexp.MustCompile(`^[a-z]([a-z0-9]|-[a-z0-9])*$`)
	seen := map[string]string{}
	ids := []string{"acme/crm", "acme-crm", "acme--crm", "acme/crm-", "ACME/crm", "Ümläut", "", "-", "1", "shard/p/1", strings.Repeat("x", 500), strings.Repeat("x", 501)}
	for _, db := range ids {
		for _, purpose := range []snapshot.Purpose{snapshot.PurposeScheduled, snapshot.PurposeFinal, snapshot.PurposeRestorePoint, snapshot.PurposeManual} {
			for _, at := range []time.Time{t0, t0.Add(time.Second)} {
				id := snapshot.ID(db, purpose, at)
				if !valid.MatchString(id) || len(id) > snapshot.MaxIDBytes {
					t.Errorf("ID(%q) = %q, which RDS refuses", db, id)
				}
				if id != snapshot.ID(db, purpose, at.In(time.FixedZone("elsewhere", 3600))) {
					t.Errorf("ID(%q) depends on the time zone", db)
				}
				what := fmt.Sprint(db, purpose, at)
				if other, taken := seen[id]; taken {
					t.Errorf("%q and %q have one id %q", what, other, id)
				}
				seen[id] = what
			}
		}
	}
}
