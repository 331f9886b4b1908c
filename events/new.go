package events

import (
	"encoding/json"
	"fmt"
	"time"

	"latchkey/shared/coded"
)

// New makes an event of the kind with this detail-type and checks it as Parse
// would. It serves every kind but calls via CloudTrail (see WrapCloudTrail);
// rules that involve the envelope's resources are not checked, because the
// caller adds those afterwards.
//
// It returns ErrUnknown for a detail-type that is not in the table. For a detail
// that breaks its contract the error is coded.Internal if the event is one of
// those that Latchkey sends (a defect of ours) and coded.Invalid otherwise.
func (c *Contract) New(detailType, id string, at time.Time, region, account string, detail any) (Envelope, error) {
	k, ok := c.kindNamed(detailType)
	if !ok {
		return Envelope{}, fmt.Errorf("detail-type %q: %w", detailType, ErrUnknown)
	}
	env, err := k.make(id, at, region, account, detail)
	if err != nil && k.Direction == Out {
		return Envelope{}, coded.Wrap(coded.Internal, err, "making event %s %q", detailType, id)
	}
	return env, err
}

func (c *Contract) kindNamed(detailType string) (Kind, bool) {
	for _, k := range c.kinds {
		if k.DetailType == detailType && detailType != TypeCloudTrailCall {
			return k, true
		}
	}
	return Kind{}, false
}

func (k Kind) make(id string, at time.Time, region, account string, detail any) (Envelope, error) {
	b, err := json.Marshal(detail)
	if err != nil {
		return Envelope{}, coded.Wrap(coded.Internal, err, "encoding the detail of %s", k.DetailType)
	}
	if len(b) > MaxEventBytes-1024 {
		return Envelope{}, coded.Field("detail", "send less", "the detail has %d bytes; an event may have %d", len(b), MaxEventBytes)
	}
	env := Envelope{Version: "0", ID: id, DetailType: k.DetailType, Source: k.Source, Account: account,
		Time: at.UTC(), Region: region, Resources: []string{}, Detail: b}
	if err := env.check(); err != nil {
		return Envelope{}, err
	}
	v, err := k.decode(b)
	if err != nil {
		return Envelope{}, err
	}
	if d, ok := v.(interface{ Validate() error }); ok {
		if err := d.Validate(); err != nil {
			return Envelope{}, err
		}
	}
	return env, nil
}
