package fakekms

import (
	"context"
	"sort"
)

// store is a custom key store. Exported fields are what the journal keeps.
type store struct {
	ID, Name, Account, Region string
	Connected                 bool
}

// CreateCustomKeyStore makes a custom key store, not connected yet, and returns its id.
func (k *KMS) CreateCustomKeyStore(ctx context.Context, caller, region, name string) (id string, err error) {
	who := parsePrincipal(caller)
	c := &call{op: opCreateCustomKeyStore, who: &who, region: region}
	c.request = map[string]any{"customKeyStoreName": name, "customKeyStoreType": originStore}
	err = k.change(ctx, c, func(*key) error {
		for _, s := range k.stores {
			if s.Name == name && s.Account == who.account && s.Region == region {
				return failf(c.op, CodeStoreNameInUse, "custom key store %q", name)
			}
		}
		s := &store{ID: "cks-" + k.newID("store", 8) + "0", Name: name, Account: who.account, Region: region}
		k.stores[s.ID] = s
		k.dirtyStore(s)
		id = s.ID
		c.response = map[string]any{"customKeyStoreId": id}
		return nil
	})
	return id, err
}

// ConnectCustomKeyStore makes the store's keys available. (AWS does it in the
// background, in minutes; the twin at once.)
func (k *KMS) ConnectCustomKeyStore(ctx context.Context, caller, region, id string) error {
	return k.manageStore(ctx, opConnectCustomKeyStore, caller, region, id, func(c *call, s *store) error {
		k.connect(c, s, true)
		return nil
	})
}

// DisconnectCustomKeyStore makes the store's keys Unavailable.
func (k *KMS) DisconnectCustomKeyStore(ctx context.Context, caller, region, id string) error {
	return k.manageStore(ctx, opDisconnectCustomKeyStore, caller, region, id, func(c *call, s *store) error {
		k.connect(c, s, false)
		return nil
	})
}

// DeleteCustomKeyStore removes a store that is disconnected and holds no keys;
// a key pending deletion still counts. [KMS guide, Deleting a custom key store]
func (k *KMS) DeleteCustomKeyStore(ctx context.Context, caller, region, id string) error {
	return k.manageStore(ctx, opDeleteCustomKeyStore, caller, region, id, func(c *call, s *store) error {
		if len(k.keysIn(s)) > 0 {
			return failf(c.op, CodeStoreHasKeys, "custom key store %s contains KMS keys", s.ID)
		}
		if s.Connected {
			return failf(c.op, CodeStoreInvalidState, "custom key store %s is connected", s.ID)
		}
		delete(k.stores, s.ID)
		k.forget(kindStore, s.ID)
		return nil
	})
}

func (k *KMS) manageStore(ctx context.Context, o operation, caller, region, id string, body func(*call, *store) error) error {
	who := parsePrincipal(caller)
	c := &call{op: o, who: &who, region: region, request: map[string]any{"customKeyStoreId": id}}
	return k.change(ctx, c, func(*key) error {
		s, err := k.storeOf(c, id)
		if err != nil {
			return err
		}
		c.additional = map[string]any{"customKeyStoreName": s.Name}
		return body(c, s)
	})
}

// storeOf returns a store of the caller's account in the call's Region.
func (k *KMS) storeOf(c *call, id string) (*store, error) {
	s := k.stores[id]
	if s == nil || s.Account != c.who.account || s.Region != c.region {
		return nil, failf(c.op, CodeStoreNotFound, "custom key store %s does not exist", id)
	}
	return s, nil
}

func (k *KMS) connect(c *call, s *store, on bool) {
	s.Connected = on
	k.dirtyStore(s)
	for _, key := range k.keysIn(s) {
		key.StoreOff = !on
		k.touch(key, c.now)
	}
}

// keysIn returns the keys of a store, in order of their ARNs.
func (k *KMS) keysIn(s *store) []*key {
	var out []*key
	for _, key := range k.keys {
		if key.StoreID == s.ID {
			out = append(out, key)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ARN < out[j].ARN })
	return out
}
