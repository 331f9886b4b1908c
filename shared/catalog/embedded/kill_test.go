package embedded_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/catalog/embedded"
	"latchkey/shared/clock"
)

const (
	killChild  = "LATCHKEY_TEST_KILL_FILE" // the file that the child process writes to
	kills      = 24
	killBudget = 5 * time.Second // of the whole test: fewer kills on a slow machine, but at least minKills
	minKills   = 20
	killItems  = 7 // items of one commit besides the record: all of it, or nothing, survives
)

// TestMain runs the child of TestFile_Kill in place of the tests.
func TestMain(m *testing.M) {
	if path := os.Getenv(killChild); path != "" {
		fmt.Fprintln(os.Stderr, writeUntilKilled(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// killTx is commit n of the child: a record, items that share its number, an
// index entry, a due time, a message and a seen id. It also takes the items of
// commit n-3 away.
func killTx(n int) catalog.Tx {
	it := record(n)
	it.Body = []byte(strings.Repeat(fmt.Sprint(n, " "), 200))
	it.Indexes.Shard = fmt.Sprint("n", n)
	it.Lane, it.DueAt = catalog.LaneRecords, epoch.Add(time.Duration(n)*time.Second)
	tx := put(it, 0)
	for i := 0; i < killItems; i++ {
		tx.Puts = append(tx.Puts, catalog.Put{Item: catalog.Item{Key: killItem(n, i)}})
		if n > 3 {
			tx.Deletes = append(tx.Deletes, catalog.Check{Key: killItem(n-3, i), IfVersion: 1})
		}
	}
	tx.Outbox = []catalog.Message{{ID: fmt.Sprint("m", n), Body: []byte(fmt.Sprint(n))}}
	tx.Seen = &catalog.Seen{ID: fmt.Sprint("e", n), Expires: epoch.Add(1e6 * time.Hour)}
	return tx
}

func killItem(n, i int) catalog.Key {
	return catalog.Key{Part: fmt.Sprintf("part#%d", n), Sort: fmt.Sprint(i)}
}

// writeUntilKilled commits one number after the other, from the first that is
// not there, and prints each once it is acknowledged.
func writeUntilKilled(path string) error {
	f, err := embedded.Open(context.Background(), path, clock.System{}, embedded.Options{})
	if err != nil {
		return err
	}
	s, err := f.Stats()
	if err != nil {
		return err
	}
	for n := s.Seen + 1; ; n++ {
		if err := f.Commit(context.Background(), killTx(n)); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// TestFile_Kill kills a process in the middle of its commits, again and again,
// also while it makes the file, and requires that what it had acknowledged is
// there, whole, and that at most the one commit under way is there besides.
func TestFile_Kill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	rnd := rand.New(rand.NewSource(time.Now().UnixNano()))
	acknowledged, started := 0, time.Now()
	for kill := 1; kill <= kills; kill++ {
		if time.Since(started) > killBudget && kill > minKills {
			break
		}
		if last := runAndKill(t, path, kill, time.Duration(rnd.Intn(60))*time.Millisecond); last > 0 {
			acknowledged = last
		}
		acknowledged = checkKilled(t, path, acknowledged)
	}
	if acknowledged < kills/2 {
		t.Errorf("only %d commits in %d runs: the test did not test much", acknowledged, kills)
	}
}

// runAndKill starts the child, kills it some time after its first commit (or,
// each fourth time, after its start) and returns the last number it printed.
func runAndKill(t *testing.T, path string, kill int, after time.Duration) (last int) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), killChild+"="+path)
	var stderr strings.Builder
	child.Stderr = &stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	arm := func() { time.AfterFunc(after, func() { child.Process.Kill() }) }
	early := kill%4 == 1
	if early {
		arm()
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatalf("the child printed %q", lines.Text())
		}
		if last == 0 && !early {
			arm()
		}
		last = n
	}
	if err := child.Wait(); err == nil || stderr.Len() > 0 {
		t.Fatalf("the child ended by itself: %v, %s", err, stderr.String())
	}
	return last
}

// checkKilled requires that exactly the commits up to the acknowledged one, or
// the one after it, are in the file, and returns the last of them.
func checkKilled(t *testing.T, path string, acknowledged int) int {
	t.Helper()
	f, err := embedded.Open(ctx, path, &fixed{now: epoch}, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := f.Stats()
	if err != nil {
		t.Fatal(err)
	}
	last := s.Seen
	if last != acknowledged && last != acknowledged+1 {
		t.Fatalf("%d commits are in the file, %d were acknowledged", last, acknowledged)
	}
	if want := (embedded.Stats{Items: last + killItems*min(last, 3), Seen: last, Pending: last}); s != want {
		t.Fatalf("the file holds %+v, want %+v", s, want)
	}
	for n := 1; n <= last+1; n++ {
		checkCommit(t, f, n, n <= last, n > last-3)
	}
	checkOutbox(t, f, last)
	return last
}

// checkCommit requires that commit n is there with all its parts, or with none.
func checkCommit(t *testing.T, f *embedded.File, n int, there, items bool) {
	t.Helper()
	tx := killTx(n)
	want := 0
	if there {
		want = 1
	}
	got, err := f.Get(ctx, record(n).Key)
	if (err == nil) != there || there && string(got.Body) != string(tx.Puts[0].Item.Body) {
		t.Fatalf("record %d: %+v, %v", n, got, err)
	}
	byShard, err := f.Query(ctx, catalog.Query{Index: catalog.IndexShard, Value: fmt.Sprint("n", n), Limit: 10})
	if err != nil || len(byShard.Items) != want {
		t.Fatalf("index entries of %d: %v, %v", n, byShard.Items, err)
	}
	page, err := f.Query(ctx, catalog.Query{Index: catalog.IndexPart, Value: killItem(n, 0).Part, Limit: 100})
	if !items {
		want = 0
	}
	if err != nil || len(page.Items) != want*killItems {
		t.Fatalf("items of %d: %d, %v", n, len(page.Items), err)
	}
	if there {
		if err := f.Commit(ctx, catalog.Tx{Seen: tx.Seen}); err == nil {
			t.Fatalf("event %d is forgotten", n)
		}
	}
}

// checkOutbox requires one message and one due entry for each commit up to last.
func checkOutbox(t *testing.T, f *embedded.File, last int) {
	t.Helper()
	messages, err := f.Pending(ctx, catalog.MaxPage)
	if err != nil || len(messages) != min(last, catalog.MaxPage) {
		t.Fatalf("%d messages, %v, want %d", len(messages), err, last)
	}
	for i, m := range messages {
		if m.ID != fmt.Sprint("m", i+1) || string(m.Body) != fmt.Sprint(i+1) {
			t.Fatalf("message %d is %s with body %s", i+1, m.ID, m.Body)
		}
	}
	due := 0
	for shard := 0; shard < catalog.DueShards; shard++ {
		entries, err := f.Due(ctx, catalog.LaneRecords, shard, epoch.Add(1e6*time.Hour), catalog.MaxPage)
		if err != nil {
			t.Fatal(err)
		}
		due += len(entries)
	}
	if due != last {
		t.Fatalf("%d due entries, want %d", due, last)
	}
}
