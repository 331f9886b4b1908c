// Package eventbridge puts outgoing events on a real EventBridge bus.
//
// EventBridge gives each event an id, an account and a Region of its own; those
// of the envelope are not sent. Since delivery is at least once and a repeated
// call makes a new id, receivers tell duplicates apart by what an event's detail
// says, not by its id.
package eventbridge

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"latchkey/events"
	"latchkey/shared/aws/awserror"
	"latchkey/shared/coded"
	"latchkey/shared/reconcile"
)

// DefaultTimeout bounds one call with its retries.
const DefaultTimeout = 5 * time.Second

// Config says where events go.
type Config struct {
	Bus     string        // name or ARN
	Timeout time.Duration // of one call with its retries; 0: DefaultTimeout
}

// Bus is one event bus.
type Bus struct {
	client *sdk.Client
	cfg    Config
}

var _ reconcile.Bus = (*Bus)(nil)

// New returns a bus.
func New(client *sdk.Client, cfg Config) *Bus {
	if cfg.Timeout <= 0 {
		cfg.Timeout = DefaultTimeout
	}
	return &Bus{client: client, cfg: cfg}
}

// PutEvents implements reconcile.Bus for a batch of any length: it makes as many
// calls as the limits of PutEvents need, one after the other, in the batch's
// order. failed has one element for each event; its errors are coded.Retryable,
// coded.Invalid (the event can never be taken) or coded.Internal (we may not put
// it). A call that fails as a whole ends the batch: it and what is left fail with
// its error, and that is err too where nothing was asked before.
func (b *Bus) PutEvents(ctx context.Context, batch []events.Envelope) (failed []error, err error) {
	failed = make([]error, len(batch))
	calls := split(batch, failed)
	for n, call := range calls {
		err := b.put(ctx, batch, call, failed)
		if err == nil {
			continue
		}
		for _, rest := range calls[n:] {
			for _, i := range rest {
				failed[i] = err
			}
		}
		if n == 0 {
			return failed, err
		}
		break
	}
	return failed, nil
}

// put makes one call with the events of batch at the given places. Events that
// EventBridge did not take get their errors; err is for the whole call.
func (b *Bus) put(ctx context.Context, batch []events.Envelope, places []int, failed []error) error {
	ctx, cancel := context.WithTimeout(ctx, b.cfg.Timeout)
	defer cancel()
	in := &sdk.PutEventsInput{Entries: make([]types.PutEventsRequestEntry, len(places))}
	for n, i := range places {
		in.Entries[n] = b.entry(&batch[i])
	}
	out, err := b.client.PutEvents(ctx, in)
	if err != nil {
		return awserror.Wrap(err, "putting %d events on %s", len(places), b.cfg.Bus)
	}
	for n, i := range places {
		if n >= len(out.Entries) {
			failed[i] = coded.New(coded.Retryable, "event %s: EventBridge's answer says nothing of it", batch[i].ID)
			continue
		}
		failed[i] = entryError(batch[i].ID, out.Entries[n])
	}
	return nil
}

func (b *Bus) entry(env *events.Envelope) types.PutEventsRequestEntry {
	return types.PutEventsRequestEntry{
		EventBusName: &b.cfg.Bus,
		Source:       &env.Source,
		DetailType:   &env.DetailType,
		Detail:       aws.String(string(env.Detail)),
		Resources:    env.Resources,
		Time:         &env.Time,
	}
}

// entryCodes classifies the codes of single events; they are not errors of the
// SDK. [EventBridge API reference, PutEventsResultEntry]
var entryCodes = map[string]coded.Code{
	"InternalException":                   coded.Retryable,
	"InternalFailure":                     coded.Retryable,
	"ThrottlingException":                 coded.Retryable,
	"InvalidArgument":                     coded.Invalid,
	"MalformedDetail":                     coded.Invalid,
	"RedactionFailure":                    coded.Invalid,
	"AccessDeniedException":               coded.Internal,
	"InvalidAccountIdException":           coded.Internal,
	"NotAuthorizedForSourceException":     coded.Internal,
	"NotAuthorizedForDetailTypeException": coded.Internal,
}

// entryError returns why EventBridge did not take an event, or nil. A code that
// is not in the table is tried again.
func entryError(id string, e types.PutEventsResultEntry) error {
	code := aws.ToString(e.ErrorCode)
	if code == "" {
		return nil
	}
	class, known := entryCodes[code]
	if !known {
		class = coded.Retryable
	}
	return coded.Wrap(class, fmt.Errorf("%s: %s", code, aws.ToString(e.ErrorMessage)), "event %s was not taken", id)
}
