package fakerds

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"latchkey/shared/fake"
)

func benchTwin(b testing.TB, n int) (*RDS, *fake.Clock) {
	c := fake.NewClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	r, err := New(Config{Account: testAccount, Region: testRegion, Clock: c, Quotas: Quotas{Instances: n, StorageGiB: 1 << 40}})
	if err != nil {
		b.Fatal(err)
	}
	for k := range n {
		if err := r.Fleet(testCaller).Create(ctx, testSpec(fmt.Sprintf("db-%d", k), "")); err != nil {
			b.Fatal(err)
		}
	}
	c.Advance(time.Hour)
	if err := r.Tick(c.Now()); err != nil {
		b.Fatal(err)
	}
	return r, c
}

func BenchmarkFleet_Describe(b *testing.B) {
	r, _ := benchTwin(b, 1000)
	f := r.Fleet(testCaller)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if _, err := f.Describe(ctx, "db-500"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFleet_Create(b *testing.B) {
	b.ReportAllocs()
	benchTwin(b, b.N)
}

// Calls from many goroutines, with the clock moving, leave a consistent twin.
func TestRDS_concurrent(t *testing.T) {
	r, c := benchTwin(t, 20)
	var wait sync.WaitGroup
	for g := range 4 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			f := r.Fleet(testCaller)
			for n := range 200 {
				id := fmt.Sprintf("db-%d", (g*7+n)%20)
				_ = f.Stop(ctx, id)
				_ = f.Start(ctx, id)
				r.KeyChanged(testKey)
				c.Advance(time.Minute)
				if err := r.Tick(c.Now()); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	wait.Wait()
	c.Advance(8 * day)
	if err := r.Tick(c.Now()); err != nil {
		t.Fatal(err)
	}
	c.Advance(time.Hour)
	if err := r.Tick(c.Now()); err != nil {
		t.Fatal(err)
	}
	for _, i := range r.Instances() {
		if i.Status != statusAvailable {
			t.Errorf("%s is %s in the end", i.InstanceID, i.Status)
		}
	}
}
