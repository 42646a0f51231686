//! A connection that is kept open, with one request under way at a time.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    failed::Failed,
    inbox::{Answer, Inbox},
};

pub(crate) struct Connection {
    stream: TcpStream,
    inbox: Inbox,
}

impl Connection {
    pub(crate) async fn open(host: &str) -> Result<Self, Failed> {
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, inbox: Inbox::default() })
    }

    /// Sends a request and waits for its answer.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<Answer, Failed> {
        self.stream.write_all(request).await?;
        loop {
            if let Some(answer) = self.inbox.take()? {
                return Ok(answer);
            }
            if self.stream.read_buf(&mut self.inbox.bytes).await? == 0 {
                return Err(Failed::because("the server closed a connection"));
            }
        }
    }

    /// Sends a request whose answer has to be a 200, and returns its body.
    pub(crate) async fn must(&mut self, request: &[u8]) -> Result<&[u8], Failed> {
        let answer = self.ask(request).await?;
        if answer.status == 200 {
            return Ok(self.inbox.body(&answer));
        }
        Err(Failed::because(format!("an answer of status {}", answer.status)))
    }
}
