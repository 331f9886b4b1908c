package cell

import (
	"fmt"

	"latchkey/shared/fake"
)

const kindForward = "cell-forward"

// ForwardDurably is Forward for a cell with a journal: the rule is saved before
// it takes effect. Deploying it again changes nothing.
func (c *Cell) ForwardDurably(account string) error {
	if account == c.cfg.Account || c.bus.forwards[account] {
		return nil
	}
	if err := c.cfg.Journal.Save(kindForward, account, []byte{}); err != nil {
		return fmt.Errorf("saving the forwarding rule of account %s: %w", account, err)
	}
	c.Forward(account)
	return nil
}

// RestoreForwards puts the forwarding rules in the journal back in force. It is
// called once, before the cell runs.
func (c *Cell) RestoreForwards() error {
	var accounts []string
	err := c.cfg.Journal.Load(kindForward, func(account string, _ []byte) error {
		accounts = append(accounts, account)
		return nil
	})
	if err != nil {
		return fmt.Errorf("loading the forwarding rules: %w", err)
	}
	for _, account := range accounts {
		if !c.bus.forwards[account] {
			c.Forward(account)
		}
	}
	return nil
}

// Queued returns how many messages wait in the functions' queues.
func (c *Cell) Queued() int { return len(c.bus.queue) }

// bootSeed returns the seed of what the cell itself draws: ids of RDS's events
// and delays. A cell with a journal draws others after each start, so that the
// id of a new event is never one that was applied before.
func bootSeed(cfg Config) uint64 {
	if cfg.Journal == fake.NoJournal {
		return cfg.Seed
	}
	return fake.Mix(cfg.Seed ^ fake.Mix(uint64(cfg.Clock.Now().UnixNano())))
}
