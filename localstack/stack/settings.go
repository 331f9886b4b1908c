package stack

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"latchkey/events"
	"latchkey/shared/coded"
)

// Settings are what a folder is made with. The zero value asks for what the
// folder has, or for the defaults of a new one.
type Settings struct {
	Account string   `json:"account"` // the platform's: 12 digits
	Regions []string `json:"regions"` // served; the first is home
	Seed    uint64   `json:"seed"`    // of all that the twins draw
}

// Defaults of a new folder.
var defaults = Settings{Account: "111122223333", Regions: []string{"eu-central-1", "us-east-1"}, Seed: 1}

var accountForm = regexp.MustCompile(`^[0-9]{12}$`)

func checkAccount(field, account string) error {
	if !accountForm.MatchString(account) {
		return coded.Field(field, "give the 12 digits of an AWS account id", "%q is not an account id", account)
	}
	return nil
}

func (s Settings) check() error {
	if s.Account != "" {
		if err := checkAccount("account", s.Account); err != nil {
			return err
		}
	}
	seen := map[string]bool{}
	for _, r := range s.Regions {
		if !events.SupportedRegion(r) {
			return coded.Field("regions", "regions that may have a cell: "+strings.Join(events.Regions(), ", "), "region %q is not supported", r)
		}
		if seen[r] {
			return coded.Field("regions", "name each once", "region %s is named twice", r)
		}
		seen[r] = true
	}
	return nil
}

// keepSettings returns the folder's settings, saved if they are new. Regions
// may be added to a folder; nothing else of it changes.
func keepSettings(db *bolt.DB, want Settings) (Settings, error) {
	var have Settings
	found, err := loadJSON(db, "settings", &have)
	if err != nil {
		return have, err
	}
	next := have
	if !found {
		next = defaults
		next.override(want)
		return next, saveJSON(db, "settings", next)
	}
	next.override(want)
	if next.Account != have.Account || next.Seed != have.Seed {
		err := coded.New(coded.Conflict, "this folder was made with account %s and seed %d", have.Account, have.Seed)
		err.Hint = "leave --account and --seed out, or use another folder with --dir"
		return have, err
	}
	for i, r := range have.Regions {
		if !slices.Contains(next.Regions, r) || i == 0 && next.Regions[0] != r {
			err := coded.New(coded.Conflict, "this folder serves %s, the first of them being its home", strings.Join(have.Regions, ", "))
			err.Hint = "leave --regions out, name these first and then others, or use another folder with --dir"
			return have, err
		}
	}
	return next, saveJSON(db, "settings", next)
}

func (s *Settings) override(want Settings) {
	if want.Account != "" {
		s.Account = want.Account
	}
	if len(want.Regions) > 0 {
		s.Regions = want.Regions
	}
	if want.Seed != 0 {
		s.Seed = want.Seed
	}
}

var bucketStack = []byte("stack")

func loadJSON(db *bolt.DB, name string, into any) (found bool, err error) {
	err = db.View(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketStack)
		if b == nil {
			return nil
		}
		v := b.Get([]byte(name))
		if v == nil {
			return nil
		}
		found = true
		return json.Unmarshal(v, into)
	})
	if err != nil {
		return false, fmt.Errorf("reading %s of the folder: %w", name, err)
	}
	return found, nil
}

func saveJSON(db *bolt.DB, name string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("writing %s of the folder: %w", name, err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(bucketStack)
		if err != nil {
			return err
		}
		return b.Put([]byte(name), body)
	})
	if err != nil {
		return fmt.Errorf("writing %s of the folder: %w", name, err)
	}
	return nil
}
