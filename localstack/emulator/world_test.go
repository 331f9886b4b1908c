package emulator_test

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"latchkey/localstack/emulator"
	"latchkey/shared/aws/mototest"
	"latchkey/shared/catalog/dynamodb/schema"
	"latchkey/shared/database"
	"latchkey/shared/deployment"
)

const (
	home     = "eu-central-1"
	customer = "444455556666"
	stranger = "999988887777"
	patience = 10 * time.Minute // of one test, on a busy machine
)

// shared is the one stack of this test binary; the tests use tenants and keys
// of their own.
var shared struct {
	sync.Once
	dir   string // with the assembly
	stack *emulator.Stack
	err   error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.stack != nil {
		shared.stack.Close()
	}
	if shared.dir != "" {
		_ = os.RemoveAll(shared.dir)
	}
	os.Exit(code)
}

// requireNode skips a test without Node, which the CDK runs on.
func requireNode(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("node"); err == nil {
		return
	}
	const say = "node is not installed: get Node 22 from https://nodejs.org"
	if slices.Contains(strings.Split(os.Getenv("LATCHKEY_REQUIRE"), ","), "node") {
		t.Fatal(say)
	}
	t.Skip(say)
}

// world is the stack as a test sees it.
type world struct {
	*testing.T
	*emulator.Stack
	ctx    context.Context
	region *emulator.Region
}

// up brings the stack up, once.
func up(t *testing.T) *world {
	t.Helper()
	mototest.Require(t, mototest.Tool)
	requireNode(t)
	if testing.Short() {
		t.Skip("it builds the functions and takes a minute")
	}
	shared.Do(func() { shared.err = bring() })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	w := &world{T: t, Stack: shared.stack, ctx: ctx, region: shared.stack.Regions[home]}
	t.Cleanup(w.showLogs)
	return w
}

func bring() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute) // a first build of the CDK takes minutes
	defer cancel()
	if shared.dir, err = os.MkdirTemp("", "latchkey-assembly"); err != nil {
		return err
	}
	if err := emulator.Synthesize(ctx, "../..", shared.dir); err != nil {
		return err
	}
	again := time.Duration(0)
	shared.stack, err = emulator.Up(ctx, emulator.Options{Assembly: shared.dir, Regions: []string{home}, Redeliver: &again})
	return err
}

// showLogs prints what the functions logged, where a test failed.
func (w *world) showLogs() {
	if !w.Failed() {
		return
	}
	made, _ := w.Proxy.Calls()
	for c, n := range made {
		w.Logf("%d calls %s %s by %s", n, c.Service, c.Action, c.Role)
	}
	w.showTable()
	for _, s := range w.region.Host.Functions() {
		lines := w.region.Host.Logs(s.Function.Name)
		for _, l := range lines[max(0, len(lines)-15):] {
			if !strings.Contains(l.Text, `"_aws"`) { // metrics
				w.Logf("%s: %s", s.Function.Name, l.Text)
			}
		}
	}
}

// showTable prints the records of the cell's table.
func (w *world) showTable() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // the test's own may have ended
	defer cancel()
	out, err := w.region.Clients.DynamoDB.Scan(ctx, &dynamodb.ScanInput{TableName: aws.String(deployment.Table)})
	if err != nil {
		w.Log(err)
		return
	}
	for _, it := range out.Items {
		pk, _ := it[schema.PK].(*ddbtypes.AttributeValueMemberS)
		body, _ := it[schema.Body].(*ddbtypes.AttributeValueMemberB)
		if pk != nil && body != nil {
			w.Logf("%s: %s", pk.Value, body.Value)
		}
	}
}

// inside returns what was made of a tenant's database, in whatever stands for
// the inside of its instance.
func (w *world) inside(tenant string) (emulator.Inside, bool) {
	w.Helper()
	all, err := w.Inside(w.ctx)
	w.must(err)
	i := slices.IndexFunc(all, func(i emulator.Inside) bool {
		return i.Instance == database.InstanceName(database.ID(tenant, product, 1), 0)
	})
	if i < 0 {
		return emulator.Inside{}, false
	}
	return all[i], true
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// until lets everything happen that is due, for at most some rounds.
func (w *world) until(what string, done func() bool) {
	w.Helper()
	for range 12 {
		w.must(w.Settle(w.ctx))
		if done() {
			return
		}
		if err := w.Tick(w.ctx, deployment.FunctionProbeKeys, deployment.FunctionSweep); err != nil {
			w.Log(err)
		}
	}
	w.Fatalf("never: %s", what)
}
