package pgcluster

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// Superuser is the server's, as rdsadmin is in RDS: nobody logs in as it but
// through Server.Admin.
const Superuser = "rdsadmin"

// settings make the server fast and its data worthless.
const settings = `
listen_addresses = 'localhost'
port = %s
unix_socket_directories = ''
ssl = on
ssl_cert_file = 'server.crt'
ssl_key_file = 'server.key'
ssl_ca_file = 'authority.crt'
password_encryption = 'scram-sha-256'
max_connections = %d
shared_buffers = '16MB'
fsync = off
synchronous_commit = off
full_page_writes = off
log_min_messages = warning
`

// cluster is a folder of data.
type cluster struct {
	dir string // holds data/
	as  *syscall.Credential
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }

// account returns who to run PostgreSQL as: it refuses to run as root.
func account() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
	}
	return nil, fmt.Errorf("root may not run PostgreSQL, and there is no user postgres or nobody")
}

// newCluster makes an empty cluster.
func newCluster(programs string) (*cluster, error) {
	as, err := account()
	if err != nil {
		return nil, err
	}
	c := &cluster{as: as}
	if c.dir, err = folder(as); err != nil {
		return nil, err
	}
	// How it lets users in is written by configure, before it runs.
	if err := c.run(filepath.Join(programs, "initdb"), "-D", c.data(), "-U", Superuser,
		"--auth", "reject", "--encoding", "UTF8", "--locale", "C", "--no-sync"); err != nil {
		_ = os.RemoveAll(c.dir) // err says more
		return nil, err
	}
	return c, nil
}

// folder makes a folder of the server's account.
func folder(as *syscall.Credential) (string, error) {
	dir, err := os.MkdirTemp("", "pgcluster")
	if err != nil || as == nil {
		return dir, err
	}
	return dir, os.Chown(dir, int(as.Uid), int(as.Gid))
}

// moved ends the server with halt, moves the data to a new cluster, as a
// restored volume appears under a new instance, and returns that.
func (c *cluster) moved(halt func()) (*cluster, error) {
	dir, err := folder(c.as)
	if err != nil {
		return nil, err
	}
	out := &cluster{dir: dir, as: c.as}
	halt()
	return out, errors.Join(os.Rename(c.data(), out.data()), os.RemoveAll(c.dir))
}

// configure writes what the server reads.
func (c *cluster) configure(port string, cfg Config, authority *Authority) error {
	issued, err := authority.Issue(Host)
	if err != nil {
		return err
	}
	cert, key, err := files(issued)
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"postgresql.conf": fmt.Appendf(nil, settings, port, cfg.Connections),
		"pg_hba.conf":     []byte("hostssl all " + Superuser + " all cert\n" + cfg.Rules),
		"server.crt":      cert, "server.key": key, "authority.crt": authority.PEM(),
	} {
		if err := c.write(filepath.Join(c.data(), name), content); err != nil {
			return err
		}
	}
	return nil
}

// write writes a file that only the server's account may read.
func (c *cluster) write(path string, content []byte) error {
	if err := os.WriteFile(path, content, 0o600); err != nil || c.as == nil {
		return err
	}
	return os.Chown(path, int(c.as.Uid), int(c.as.Gid))
}

// run runs a program as the server's account.
func (c *cluster) run(program string, args ...string) error {
	cmd := exec.Command(program, args...)
	cmd.Dir = c.dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if c.as != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.as}
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(program), err, out.String())
	}
	return nil
}
