package tenant

// Shard is an instance that holds databases of several tenants.
type Shard struct {
	ID       string
	Capacity int  // databases that it may hold
	Used     int  // databases that it holds, or that are promised a place
	Creating bool // not yet available
}

func (s Shard) room() int { return max(0, s.Capacity-s.Used) }

// spareFraction: a new shard is asked for when the places left in the pool,
// after this placement, are fewer than a fifth of the largest shard's.
const spareFraction = 5

// ChooseShard places one shared database: on the shard with most room, an
// available one before one that is being created, ties going to the smallest
// id. ok is false when no shard has room. needNew asks for another shard, in
// time before the last is full; it stays false while one that is being created
// will give room enough, so that repeated placements ask once.
func ChooseShard(shards []Shard) (id string, ok, needNew bool) {
	var best Shard
	spare, largest := 0, 0
	for _, s := range shards {
		spare += s.room()
		largest = max(largest, s.Capacity)
		if s.room() > 0 && (!ok || better(s, best)) {
			best, ok = s, true
		}
	}
	if ok {
		spare--
	}
	threshold := max(1, (largest+spareFraction-1)/spareFraction)
	return best.ID, ok, spare < threshold
}

// better reports whether a database goes to a rather than to b.
func better(a, b Shard) bool {
	if a.Creating != b.Creating {
		return !a.Creating
	}
	if a.room() != b.room() {
		return a.room() > b.room()
	}
	return a.ID < b.ID
}
