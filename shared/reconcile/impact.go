package reconcile

import (
	"context"

	"latchkey/shared/catalog"
	"latchkey/shared/customerkey"
	"latchkey/shared/database"
	"latchkey/shared/snapshot"
)

// Impact is all that dies with a key.
type Impact struct {
	KeyARN    string            `json:"keyArn"`
	Phase     customerkey.Phase `json:"phase"`
	Tenants   []string          `json:"tenants"`
	Databases []ImpactDatabase  `json:"databases"`
	Snapshots int               `json:"snapshots"`
	Truncated bool              `json:"truncated,omitempty"` // more than maxImpact databases
}

// ImpactDatabase is one database under a key.
type ImpactDatabase struct {
	ID        string         `json:"id"`
	Phase     database.Phase `json:"phase"`
	Instance  string         `json:"instance,omitempty"`
	Snapshots int            `json:"snapshots"`
}

// maxImpact bounds the databases in one answer.
const maxImpact = 10_000

// Impact lists what is lost for good when a key is deleted: the databases
// under it and their snapshots, which are under the same key (facts 5).
func (p *Plane) Impact(ctx context.Context, arn string) (Impact, error) {
	key, err := p.Key(ctx, arn)
	if err != nil {
		return Impact{}, err
	}
	out := Impact{KeyARN: arn, Phase: key.Phase, Tenants: []string{}, Databases: []ImpactDatabase{}}
	q := catalog.Query{Index: catalog.IndexKeyARN, Value: arn, Limit: catalog.MaxPage}
	tenants := map[string]bool{}
	for len(out.Databases) < maxImpact {
		page, err := p.Store.Query(ctx, q)
		if err != nil {
			return out, err
		}
		for _, it := range page.Items {
			db, err := decode[database.Record](it)
			if err != nil {
				return out, err
			}
			row := ImpactDatabase{ID: db.Rec.ID, Phase: db.Rec.Phase, Instance: db.Rec.InstanceID}
			if row.Snapshots, err = p.countSnapshots(ctx, db.Rec.ID); err != nil {
				return out, err
			}
			out.Snapshots += row.Snapshots
			out.Databases = append(out.Databases, row)
			if id := db.Rec.TenantID; id != "" && !tenants[id] {
				tenants[id] = true
				out.Tenants = append(out.Tenants, id)
			}
		}
		if page.Next == "" {
			return out, nil
		}
		q.After = page.Next
	}
	out.Truncated = true
	return out, nil
}

func (p *Plane) countSnapshots(ctx context.Context, databaseID string) (int, error) {
	n := 0
	q := catalog.Query{Index: catalog.IndexPart, Value: kindSnapshot + "#" + databaseID, Limit: catalog.MaxPage}
	for {
		page, err := p.Store.Query(ctx, q)
		if err != nil {
			return n, err
		}
		for _, it := range page.Items {
			s, err := decode[snapshot.Record](it)
			if err != nil {
				return n, err
			}
			if s.Rec.Usable() {
				n++
			}
		}
		if page.Next == "" {
			return n, nil
		}
		q.After = page.Next
	}
}
