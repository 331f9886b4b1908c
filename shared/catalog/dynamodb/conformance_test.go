package dynamodb_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"latchkey/shared/aws/mototest"
	"latchkey/shared/catalog"
	"latchkey/shared/catalog/catalogtest"
	"latchkey/shared/catalog/dynamodb"
	"latchkey/shared/clock"
)

const region = "eu-central-1"

var tables atomic.Int64

// inTurn sends one request at a time: moto takes back a cancelled transaction by
// putting the whole table back as it was, with what others wrote meanwhile.
// Callers still run at once, so between two requests of one any other may come.
type inTurn struct{ mu sync.Mutex }

func (o *inTurn) RoundTrip(r *http.Request) (*http.Response, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return http.DefaultTransport.RoundTrip(r)
}

// onMoto returns a store on a table of its own.
func onMoto(t *testing.T, c clock.Clock) (*dynamodb.Store, *sdk.Client, string) {
	t.Helper()
	cfg := mototest.Config(t, region)
	cfg.HTTPClient = &http.Client{Transport: &inTurn{}}
	name := fmt.Sprintf("catalog-%d", tables.Add(1))
	if err := dynamodb.CreateTable(context.Background(), cfg, name); err != nil {
		t.Fatal(err)
	}
	client := sdk.NewFromConfig(cfg)
	t.Cleanup(func() {
		if _, err := client.DeleteTable(context.Background(), &sdk.DeleteTableInput{TableName: aws.String(name)}); err != nil {
			t.Error(err)
		}
	})
	return dynamodb.New(cfg, name, c), client, name
}

// everything is set to run also what takes minutes on moto, which copies the
// whole table for each transaction.
var everything = flag.Bool("everything", false, "on moto, run also the parts of the suite that take minutes")

// slowOnMoto are the parts left out otherwise; the fake runs them all.
var slowOnMoto = []string{"/Concurrency/no_increment_is_lost", "/many_at_once", "/Model/"}

// TestStore_Moto passes the suite of the embedded twins on moto.
func TestStore_Moto(t *testing.T) {
	mototest.Require(t, mototest.Tool)
	o := catalogtest.Options{IndexLag: 5 * time.Second, Seeds: 1}
	o.Run(t, func(t *testing.T, c clock.Clock) (catalog.Store, catalog.Outbox) {
		for _, part := range slowOnMoto {
			if strings.Contains(t.Name(), part) && !*everything {
				t.Skip("takes long on moto: run with -everything")
			}
		}
		s, _, _ := onMoto(t, c)
		return s, s
	})
}

// onFakeOptions are fewer seeds with -short, as under the race detector.
func onFakeOptions() catalogtest.Options {
	o := catalogtest.Options{IndexLag: 5 * time.Second, Seeds: 8}
	if testing.Short() {
		o.Seeds = 1
	}
	return o
}

// TestStore_Fake passes the suite where indexes lag behind.
func TestStore_Fake(t *testing.T) {
	o := onFakeOptions()
	o.Run(t, func(t *testing.T, c clock.Clock) (catalog.Store, catalog.Outbox) {
		s, _ := onFake(t, c)
		return s, s
	})
}

// TestStore_Faults passes the suite while calls are throttled, cancelled and done
// in part, and answers get lost.
func TestStore_Faults(t *testing.T) {
	o := onFakeOptions()
	o.Run(t, func(t *testing.T, c clock.Clock) (catalog.Store, catalog.Outbox) {
		s, f := onFake(t, c)
		f.faults = rand.New(rand.NewSource(1))
		return s, s
	})
}
