// Package deployed is a cell on AWS as an operator sees it from a machine of
// their own: the records of its table, what the ledger says of its keys, and the
// dead letters of its functions. It answers the same questions as a local stack,
// with the same code.
//
// It reads. What it changes is what an operator asks for by name: events that
// are put on the cell's bus, and dead letters that are sent back to the queue of
// their function. It says each on Options.Say before it does it. Nothing is
// written to the table or to a bucket.
package deployed

import (
	"context"
	"log/slog"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/events"
	"latchkey/localstack/api"
	"latchkey/shared/clock"
	"latchkey/shared/keyusage/ledger"
	"latchkey/shared/reconcile"
)

// Queues is what is used of SQS.
type Queues interface {
	GetQueueUrl(context.Context, *sqs.GetQueueUrlInput, ...func(*sqs.Options)) (*sqs.GetQueueUrlOutput, error)
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	ChangeMessageVisibilityBatch(context.Context, *sqs.ChangeMessageVisibilityBatchInput, ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error)
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
	DeleteMessage(context.Context, *sqs.DeleteMessageInput, ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error)
}

// Parts are what a Cell is made of.
type Parts struct {
	Account, Region string
	CommerceSource  string           // of commerce events; empty: events.SourceCommerce
	Plane           *reconcile.Plane // for reads
	Ledger          *ledger.Ledger   // for reads
	Bus             reconcile.Bus    // the cell's own
	Queues          Queues
	Clock           clock.Clock
	Log             *slog.Logger
	Say             func(format string, args ...any) // is told of each change before it is made
}

// Cell is one deployed cell. It is safe for concurrent use.
type Cell struct {
	parts    Parts
	contract *events.Contract
	table    *events.Table
}

// New returns the cell of these parts; see Open.
func New(p Parts) (*Cell, error) {
	cfg := events.Config{CommerceSource: p.CommerceSource}
	table, err := events.NewTable(cfg)
	if err != nil {
		return nil, err
	}
	return &Cell{parts: p, contract: events.NewContract(cfg), table: table}, nil
}

// Health returns which cell it is; a call that fails says so itself.
func (c *Cell) Health() api.Health {
	return api.Health{OK: true, Account: c.parts.Account, Regions: []string{c.parts.Region}, Now: c.parts.Clock.Now()}
}

// Plane answers reads.
func (c *Cell) Plane() *reconcile.Plane { return c.parts.Plane }

// Ledger answers what keys were used for.
func (c *Cell) Ledger() *ledger.Ledger { return c.parts.Ledger }
