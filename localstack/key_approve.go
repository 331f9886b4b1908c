package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"

	"latchkey/events"
	"latchkey/shared/coded"
)

type keyApproveCmd struct {
	Key string `arg:"" help:"Key ARN, or part of a key id."`
	By  string `required:"" help:"Who approves, as the record shall say."`
}

// Run puts a Key Return Approved event, as an operator's console does.
func (c *keyApproveCmd) Run(a *app) error {
	health, err := a.client.Health(a.ctx)
	if err != nil {
		return err
	}
	key, err := a.client.Key(a.ctx, c.Key)
	if err != nil {
		return err
	}
	id, err := newID()
	if err != nil {
		return err
	}
	env, err := events.New(events.TypeKeyReturnApproved, id, a.client.Now(), key.Region, health.Account,
		&events.KeyReturnApproved{Version: events.DetailVersion, KeyARN: key.ARN, ApprovedBy: c.By})
	if err != nil {
		return err
	}
	body, err := env.Marshal()
	if err != nil {
		return err
	}
	out, err := a.client.Put(a.ctx, []json.RawMessage{body}, true)
	if err != nil {
		return err
	}
	return a.printPut(out)
}

// newID returns a random UUID. [RFC 9562, UUID Version 4]
func newID() (string, error) {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", coded.Wrap(coded.Internal, err, "making an event id")
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}
