// Package cell wires the control plane for the functions of a cell, and makes
// their handlers of it. It links the catalog and nothing else of AWS: each
// function adds the ports that it has permission for.
package cell

import (
	"slices"
	"strings"

	"latchkey/shared/catalog/dynamodb"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
	"latchkey/shared/function"
	"latchkey/shared/function/settings"
	"latchkey/shared/reconcile"
)

// Configure returns the plane's configuration for the function's Region. Errors
// are coded.Invalid with the variable at fault.
func Configure(h function.Host, s settings.Plane) (reconcile.Config, error) {
	if !slices.Contains(s.Regions, h.Region) {
		return reconcile.Config{}, coded.Field(deployment.EnvRegions, "list every Region with a cell, this one too",
			"%q lacks %s", strings.Join(s.Regions, ","), h.Region)
	}
	cfg := reconcile.DefaultConfig(s.Account, h.Region)
	cfg.CommerceSource = s.CommerceSource
	cfg.PlatformKeys = map[string]string{h.Region: s.PlatformKey}
	cfg.ShardCapacity = s.ShardCapacity
	cfg.KeyTiming.Unreachable = s.Unreachable
	return cfg, nil
}

// New returns the control plane of the function's Region. kinds are the records
// that the function steps at once; see reconcile.Deps.AtOnce.
func New(h function.Host, s settings.Plane, ports reconcile.Ports, kinds ...reconcile.Kind) (*reconcile.Plane, error) {
	cfg, err := Configure(h, s)
	if err != nil {
		return nil, err
	}
	return Plane(h, s.Table, cfg, ports, kinds...)
}

// Plane returns the control plane with a configuration of the caller's.
func Plane(h function.Host, table string, cfg reconcile.Config, ports reconcile.Ports, kinds ...reconcile.Kind) (*reconcile.Plane, error) {
	store := dynamodb.New(h.AWS, table, h.Clock)
	return reconcile.New(reconcile.Deps{
		Store: store, Outbox: store, Clock: h.Clock, Metrics: h.Metrics, Log: h.Log, Config: cfg,
		Regions: map[string]reconcile.Ports{h.Region: ports}, AtOnce: kinds,
	})
}

// NewReader returns a plane that only answers who may be served.
func NewReader(h function.Host, s settings.Context) (*reconcile.Plane, error) {
	cfg := reconcile.DefaultConfig(s.Account, h.Region)
	cfg.PlatformKeys = map[string]string{h.Region: s.PlatformKey}
	return Plane(h, s.Table, cfg, reconcile.Ports{})
}

// NewPublisher returns a plane that only publishes the outbox.
func NewPublisher(h function.Host, s settings.Publish) *reconcile.Plane {
	store := dynamodb.New(h.AWS, s.Table, h.Clock)
	return &reconcile.Plane{Deps: reconcile.Deps{Store: store, Outbox: store, Clock: h.Clock, Metrics: h.Metrics, Log: h.Log}}
}
