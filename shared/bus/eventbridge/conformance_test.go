package eventbridge_test

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"latchkey/events"
	"latchkey/shared/aws/mototest"
	"latchkey/shared/bus/bustest"
	"latchkey/shared/bus/eventbridge"
	"latchkey/shared/reconcile"
)

// world is a bus with a layer before it that refuses events.
type world struct {
	*refusing
	cfg      aws.Config
	name     string
	received func() ([]events.Envelope, error)
}

var _ bustest.World = (*world)(nil)

func (w *world) Bus() reconcile.Bus {
	cfg := w.cfg
	cfg.HTTPClient = &http.Client{Transport: w.refusing}
	return eventbridge.New(sdk.NewFromConfig(cfg), eventbridge.Config{Bus: w.name, Timeout: patient})
}

func (w *world) Received() ([]events.Envelope, error) { return w.received() }

// TestBus_Moto passes the suite on moto, whose bus delivers to a queue.
func TestBus_Moto(t *testing.T) {
	mototest.Require(t, mototest.Tool)
	bustest.Run(t, func(t *testing.T) bustest.World {
		name, url := wire(t)
		return &world{name: name, refusing: &refusing{next: http.DefaultTransport}, cfg: mototest.Config(t, region),
			received: func() ([]events.Envelope, error) { return receive(t, url), nil }}
	})
}

// TestBus_Limits passes the suite on a bus that has the limits of EventBridge.
func TestBus_Limits(t *testing.T) {
	bustest.Run(t, func(*testing.T) bustest.World {
		s := &strict{name: "latchkey-suite"}
		return &world{name: s.name, refusing: &refusing{next: s}, received: func() ([]events.Envelope, error) { return s.taken, nil },
			cfg: aws.Config{Region: region, Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
				Retryer: func() aws.Retryer { return aws.NopRetryer{} }}}
	})
}
