//! A DynamoDB that says what it is told to say.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An answer: a status and a body.
pub type Answer = (u16, &'static str);

/// What is answered when the answers are used up: who asks without end is told that all is well, and is found out.
const AFTERWARDS: Answer = (200, "{}");

/// A listener that gives each request the next answer, and counts them.
pub struct Played {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
}

impl Played {
    /// Begins to listen. Its thread ends with the process.
    pub fn new(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let played = Self { address: listener.local_addr().unwrap(), asked: Arc::default() };
        let asked = played.asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let request = asked.fetch_add(1, Ordering::SeqCst);
                answer(&stream.unwrap(), *answers.get(request).unwrap_or(&AFTERWARDS));
            }
        });
        played
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests came.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn answer(stream: &TcpStream, (status, body): Answer) {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap() <= 2 {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
    }
    reader.read_exact(&mut vec![0; length]).unwrap();
    let head = format!(
        "HTTP/1.1 {status} \r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = stream;
    stream.write_all((head + body).as_bytes()).unwrap();
}
