package cell

import (
	"context"

	"latchkey/shared/coded"
	"latchkey/shared/deployment"
	"latchkey/shared/function"
	"latchkey/shared/reconcile"
	"latchkey/shared/tenantcontext"
)

// Access is the answer of GET /tenants/{tenant}/context, with the status of its
// reason; docs/api.md describes it.
type Access struct {
	Allow   bool                   `json:"allow"`
	Reason  tenantcontext.Reason   `json:"reason"`
	Message string                 `json:"message"`
	Context *tenantcontext.Context `json:"context,omitempty"`
}

// Context answers who may be served, by tenant or by host name; as everywhere,
// either may stand for the other.
func Context(h function.Host, p *reconcile.Plane) function.Handler {
	routes := function.Routes{}
	for path, parameter := range map[string]string{"/tenants/{tenant}/context": "tenant", "/hosts/{host}/context": "host"} {
		routes[deployment.Endpoint{Method: "GET", Path: path}] = func(ctx context.Context, r function.Request) (function.Response, error) {
			return access(ctx, p, r.Path[parameter], r.Query["product"])
		}
	}
	return function.HTTP(h, routes)
}

func access(ctx context.Context, p *reconcile.Plane, tenantOrHost, product string) (function.Response, error) {
	if product == "" {
		return function.Response{}, coded.Field("product", "ask for …/context?product=NAME", "is missing")
	}
	c, d, err := p.Context(ctx, tenantOrHost, product)
	if err != nil {
		return function.Response{}, err
	}
	return function.Response{Status: d.Reason.Status(), Body: Access{
		Allow: d.Allow, Reason: d.Reason, Message: d.Reason.Sentence(), Context: c,
	}}, nil
}
