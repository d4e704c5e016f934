//! Listed protocols on sockets. What a protocol is compiled to is compiled here, and not in the programs that ask for it.

use std::io::{self, BufRead, Write};
use std::process::Command;
use std::time::Duration;

use super::{Load, Running, Stressed, TIMING};
use crate::catalogue::{Listed, Use};
use crate::machine::{Cluster, Explorable, Node};

impl Listed {
    /// Runs replicas of this protocol, with proxies between them if faults are to happen, and lets clients loose.
    /// Replicas are threads, or processes by a `program` that [serves](Self::serve) one of them.
    ///
    /// # Errors
    ///
    /// If there are no more threads, sockets or processes.
    pub fn stress(
        self,
        program: Option<&dyn Fn(Node) -> Command>,
        cluster: Cluster,
        with_proxies: bool,
        load: &Load,
        progress: &mut dyn FnMut(Duration),
    ) -> io::Result<Stressed> {
        let running = match program {
            None => self.with(OnThreads(cluster, with_proxies)),
            Some(program) => Running::as_processes(program, cluster, TIMING, with_proxies),
        };
        let session = |running: &Running, client| self.with(Session(running, client));
        Ok(super::stress(&mut running?, &session, load, progress))
    }

    /// Serves one replica, as [`serve`](super::serve) does.
    ///
    /// # Errors
    ///
    /// If it cannot listen, or is not told where the others are.
    pub fn serve(
        self,
        node: Node,
        cluster: Cluster,
        input: &mut dyn BufRead,
        output: &mut dyn Write,
    ) -> io::Result<()> {
        self.with(Serve(node, cluster, input, output))
    }
}

struct OnThreads(Cluster, bool);

impl Use for OnThreads {
    type Output = io::Result<Running>;

    fn of<P: Explorable>(self, protocol: &P) -> Self::Output {
        Running::on_threads(protocol, self.0, TIMING, self.1)
    }
}

struct Session<'a>(&'a Running, u8);

impl Use for Session<'_> {
    type Output = super::Session;

    fn of<P: Explorable>(self, protocol: &P) -> Self::Output {
        self.0.session(protocol, self.1)
    }
}

struct Serve<'a>(Node, Cluster, &'a mut dyn BufRead, &'a mut dyn Write);

impl Use for Serve<'_> {
    type Output = io::Result<()>;

    fn of<P: Explorable>(self, protocol: &P) -> Self::Output {
        let Self(node, cluster, input, output) = self;
        super::serve(protocol, node, cluster, TIMING, input, output)
    }
}
