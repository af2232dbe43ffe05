// Checks what `deed` exports with Go's sumdb/note and sumdb/tlog, which others wrote.
//
//	check bundle VKEY FILE   every event and older checkpoint of an evidence file
//	check tiles VKEY DIR     a tiles export: the tree, and each entry in it
//	check proof VKEY FILE ENTRY   one tlog-proof file and the entry it is of
//
// VKEY may be several keys of one log with commas between them. Exits with 0 only if everything
// holds.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func refuse(format string, arguments ...any) { must(fmt.Errorf(format, arguments...)) }

// open checks a checkpoint's signature and reads its three lines.
func open(vkey string, text []byte) tlog.Tree {
	var verifiers []note.Verifier
	for _, key := range strings.Split(vkey, ",") {
		verifier, err := note.NewVerifier(strings.TrimSpace(key))
		must(err)
		verifiers = append(verifiers, verifier)
	}
	opened, err := note.Open(text, note.VerifierList(verifiers...))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifiers[0].Name() {
		refuse("the checkpoint has not three lines of %s", verifiers[0].Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	return tlog.Tree{N: size, Hash: hash(lines[2])}
}

func hash(text string) (h tlog.Hash) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	must(err)
	if len(raw) != tlog.HashSize {
		refuse("a hash has %d bytes", len(raw))
	}
	copy(h[:], raw)
	return h
}

func hashes(texts []string) (list []tlog.Hash) {
	for _, text := range texts {
		list = append(list, hash(text))
	}
	return list
}

type bundle struct {
	Checkpoint string
	Events     []struct {
		Index int64
		Leaf  string
		Proof []string
	}
	Consistency []struct {
		Old   string `json:"old_checkpoint"`
		Proof []string
	}
}

func checkBundle(vkey, path string) {
	data, err := os.ReadFile(path)
	must(err)
	var b bundle
	must(json.Unmarshal(data, &b))
	tree := open(vkey, []byte(b.Checkpoint))
	for _, event := range b.Events {
		leaf, err := base64.StdEncoding.Strict().DecodeString(event.Leaf)
		must(err)
		must(tlog.CheckRecord(
			hashes(event.Proof), tree.N, tree.Hash, event.Index, tlog.RecordHash(leaf)))
	}
	for _, older := range b.Consistency {
		old := open(vkey, []byte(older.Old))
		must(tlog.CheckTree(hashes(older.Proof), tree.N, tree.Hash, old.N, old.Hash))
	}
	fmt.Printf("%d events, %d older checkpoints, size %d\n",
		len(b.Events), len(b.Consistency), tree.N)
}

func checkProof(vkey, path, entry string) {
	data, err := os.ReadFile(path)
	must(err)
	head, checkpoint, found := strings.Cut(string(data), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		refuse("%s is no tlog-proof", path)
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	must(err)
	leaf, err := os.ReadFile(entry)
	must(err)
	tree := open(vkey, []byte(checkpoint))
	must(tlog.CheckRecord(hashes(lines[2:]), tree.N, tree.Hash, index, tlog.RecordHash(leaf)))
	fmt.Printf("entry %d of %d\n", index, tree.N)
}

// folder reads tiles by C2SP's paths, which have no height element.
type folder struct {
	path string
	size int64
}

func (f folder) Height() int                                { return 8 }
func (f folder) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) (all [][]byte, err error) {
	for _, tile := range tiles {
		data, err := os.ReadFile(filepath.Join(f.path, f.name(tile)))
		if err != nil {
			return nil, err
		}
		if len(data) < tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s is too short", f.name(tile))
		}
		all = append(all, data[:tile.W*tlog.HashSize])
	}
	return all, nil
}

// name is that of the file: the full tile, or the partial one of the tree's size.
func (f folder) name(tile tlog.Tile) string {
	full := tlog.Tile{H: 8, L: tile.L, N: tile.N, W: 256}
	path := strings.Replace(full.Path(), "tile/8/", "tile/", 1)
	if _, err := os.Stat(filepath.Join(f.path, path)); err == nil {
		return path
	}
	return fmt.Sprintf("%s.p/%d", path, f.size>>(8*tile.L)-tile.N*256)
}

func checkTiles(vkey, path string) {
	text, err := os.ReadFile(filepath.Join(path, "checkpoint"))
	must(err)
	tree := open(vkey, text)
	reader := tlog.TileHashReader(tree, folder{path, tree.N})
	root, err := tlog.TreeHash(tree.N, reader)
	must(err)
	if root != tree.Hash {
		refuse("the tiles have another root")
	}
	index := int64(0)
	for n := int64(0); index < tree.N; n++ {
		width := tree.N - index
		full := tlog.Tile{H: 8, L: 0, N: n, W: 256}
		name := strings.Replace(full.Path(), "tile/8/0/", "tile/entries/", 1)
		if width < 256 {
			name = fmt.Sprintf("%s.p/%d", name, width)
		}
		data, err := os.ReadFile(filepath.Join(path, name))
		must(err)
		for len(data) > 0 {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				refuse("%s ends in the middle of an entry", name)
			}
			count := 2 + int(binary.BigEndian.Uint16(data))
			record := tlog.RecordHash(data[2:count])
			proof, err := tlog.ProveRecord(tree.N, index, reader)
			must(err)
			must(tlog.CheckRecord(proof, tree.N, tree.Hash, index, record))
			data = data[count:]
			index++
		}
	}
	fmt.Printf("%d entries under the signed root\n", index)
}

func main() {
	switch {
	case len(os.Args) == 4 && os.Args[1] == "bundle":
		checkBundle(os.Args[2], os.Args[3])
	case len(os.Args) == 4 && os.Args[1] == "tiles":
		checkTiles(os.Args[2], os.Args[3])
	case len(os.Args) == 5 && os.Args[1] == "proof":
		checkProof(os.Args[2], os.Args[3], os.Args[4])
	default:
		refuse("check bundle|tiles|proof VKEY …")
	}
}
