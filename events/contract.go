package events

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// ErrUnknown is returned for an event that is well formed but of no kind, or
// of no call, that Latchkey knows: count and acknowledge it.
var ErrUnknown = errors.New("events: unknown kind of event")

// Contract is the registry of kinds under one Config. It is immutable and safe
// for concurrent use.
type Contract struct {
	kinds    []Kind
	byOrigin map[origin]int
}

type origin struct{ source, detailType string }

// standard is the contract with all defaults, made at first use.
var standard = sync.OnceValue(func() *Contract { return NewContract(Config{}) })

// NewContract returns the registry for a configuration that Config.Validate
// accepts.
func NewContract(cfg Config) *Contract {
	c := &Contract{kinds: slices.Clone(kinds), byOrigin: make(map[origin]int, len(kinds))}
	for i := range c.kinds {
		k := &c.kinds[i]
		if k.Source == SourceCommerce {
			k.Source = cfg.commerceSource()
		}
		c.byOrigin[origin{k.Source, k.DetailType}] = i
	}
	return c
}

// Kinds returns every kind, in the order of the table.
func (c *Contract) Kinds() []Kind { return slices.Clone(c.kinds) }

// KindOf finds the kind of an event by its source and detail-type.
func (c *Contract) KindOf(env Envelope) (Kind, bool) {
	i, ok := c.byOrigin[origin{env.Source, env.DetailType}]
	if !ok {
		return Kind{}, false
	}
	return c.kinds[i], true
}

// Parse reads and checks the detail of an event and returns a pointer to the Go
// type of its kind (*TenantCreated, *KMSCall, …).
//
// It returns ErrUnknown, wrapped, for an event of no kind or a KMS call that
// has no effect on anything here; and coded.Invalid with Field ("detail.key.arn")
// and Hint for an event of a known kind that breaks its schema or its rules.
func (c *Contract) Parse(env Envelope) (any, error) {
	k, ok := c.KindOf(env)
	if !ok {
		return nil, fmt.Errorf("source %q, detail-type %q: %w", env.Source, env.DetailType, ErrUnknown)
	}
	detail, err := k.decode(env.Detail)
	if err != nil {
		return nil, err
	}
	if err := k.validate(detail, env); err != nil {
		return nil, err
	}
	return detail, nil
}

// Kinds returns every kind of the default contract.
func Kinds() []Kind { return standard().Kinds() }

// KindOf is Contract.KindOf of the default contract.
func KindOf(env Envelope) (Kind, bool) { return standard().KindOf(env) }

// Parse is Contract.Parse of the default contract.
func Parse(env Envelope) (any, error) { return standard().Parse(env) }

// New is Contract.New of the default contract.
func New(detailType, id string, at time.Time, region, account string, detail any) (Envelope, error) {
	return standard().New(detailType, id, at, region, account, detail)
}
