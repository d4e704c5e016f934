// Package recorder records what the clients of a store do, as JSON Lines that `workbench check` reads. One file, no
// dependencies: copy it.
//
//	recorder, err := New("history.jsonl", nil)
//
//	log := recorder.Process() // one for each goroutine
//	err = log.Write("x", 1, func() error { return store.Put("x", 1) })
//	value, err := log.Read("x", func() (any, error) { return store.Get("x") })
//	swapped, err := log.Cas("x", 1, 2, func() (bool, error) { return store.Swap("x", 1, 2) })
//
//	err = recorder.Close()
//
// An error means that the outcome is not known: the operation may have happened, or happen yet. It goes on to the
// caller. An error that comes only where nothing has happened is named beforehand: recorder.Failed = func(err error) bool
// { return errors.Is(err, Refused) }.
//
// The clock is the monotonic one of this program, so all clients are to be of one program; clocks of several cannot be
// compared.
package recorder

import (
	"bufio"
	"encoding/json"
	"os"
	"sync"
	"time"
)

// A Recorder writes one file.
type Recorder struct {
	// Failed says of which errors it is known that nothing has happened.
	Failed func(error) bool

	lock    sync.Mutex
	file    *os.File
	out     *bufio.Writer
	began   time.Time
	next    int
	running map[int]*operation
	closed  bool
	err     error
}

type operation struct {
	Process  int    `json:"process"`
	Op       string `json:"op"`
	Register string `json:"register"`
	Value    *any   `json:"value,omitempty"`
	Expected *any   `json:"expected,omitempty"`
	New      *any   `json:"new,omitempty"`
	Swapped  *bool  `json:"swapped,omitempty"`
	Start    int64  `json:"start"`
	End      *int64 `json:"end,omitempty"`
	Outcome  string `json:"outcome,omitempty"`
}

// New begins a file. All registers hold initial at first.
func New(path string, initial any) (*Recorder, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	recorder := &Recorder{
		file:    file,
		out:     bufio.NewWriter(file),
		began:   time.Now(),
		next:    1,
		running: map[int]*operation{},
	}
	recorder.print(map[string]any{"initial": initial})
	return recorder, recorder.err
}

// Process is who does one thing at a time.
func (r *Recorder) Process() *Process {
	r.lock.Lock()
	defer r.lock.Unlock()
	number := r.next
	r.next++
	return &Process{r, number}
}

// Close writes what has not ended, and closes the file. It returns the first error of all writing.
func (r *Recorder) Close() error {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.closed = true
	for _, running := range r.running {
		r.print(running)
	}
	for _, err := range []error{r.out.Flush(), r.file.Close()} {
		if r.err == nil {
			r.err = err
		}
	}
	return r.err
}

func (r *Recorder) print(line any) {
	bytes, err := json.Marshal(line)
	if err == nil {
		_, err = r.out.Write(append(bytes, '\n'))
	}
	if r.err == nil {
		r.err = err
	}
}

// A Process does one thing at a time.
type Process struct {
	recorder *Recorder
	number   int
}

// Write records a write.
func (p *Process) Write(register string, value any, perform func() error) error {
	it := &operation{Op: "write", Register: register, Value: &value}
	return p.perform(it, perform)
}

// Read records a read, and what it returned.
func (p *Process) Read(register string, perform func() (any, error)) (any, error) {
	it := &operation{Op: "read", Register: register}
	var value any
	err := p.perform(it, func() (err error) {
		value, err = perform()
		if err == nil {
			it.Value = &value
		}
		return err
	})
	return value, err
}

// Cas records a compare-and-swap, and whether it swapped.
func (p *Process) Cas(register string, expected, new any, perform func() (bool, error)) (bool, error) {
	it := &operation{Op: "cas", Register: register, Expected: &expected, New: &new}
	var swapped bool
	err := p.perform(it, func() (err error) {
		swapped, err = perform()
		if err == nil {
			it.Swapped = &swapped
		}
		return err
	})
	return swapped, err
}

func (p *Process) perform(it *operation, perform func() error) error {
	r := p.recorder
	r.lock.Lock()
	if r.running[p.number] != nil {
		r.lock.Unlock()
		panic("this process is within another operation: each goroutine needs a process of its own")
	}
	it.Process = p.number
	// What is seen of it while it runs is what is known then.
	seen := *it
	r.running[p.number] = &seen
	seen.Start = time.Since(r.began).Nanoseconds()
	it.Start = seen.Start
	r.lock.Unlock()

	ended := false
	defer func() {
		// A panic of the caller goes on; what became of the operation is not known.
		if !ended {
			r.end(it, nil, true, time.Since(r.began).Nanoseconds())
		}
	}()
	err := perform()
	end := time.Since(r.began).Nanoseconds()
	ended = true
	r.end(it, err, err != nil, end)
	return err
}

func (r *Recorder) end(it *operation, err error, isUnknown bool, end int64) {
	r.lock.Lock()
	defer r.lock.Unlock()
	delete(r.running, it.Process)
	if r.closed {
		return
	}
	it.End = &end
	if isUnknown {
		it.Outcome = "unknown"
		if err != nil && r.Failed != nil && r.Failed(err) {
			it.Outcome = "failed"
		}
	}
	r.print(it)
}
