//! Where the messages of an HTTP/1.1 connection begin and end (RFC 9112 §6), as its bytes go by.
//!
//! A tap hands on what it hears to the letter. So nothing here refuses anything: what it does not understand it lets
//! pass until the connection ends.

/// A longer head is none that this has to know.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// Which of the two messages goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Requests,
    Responses,
}

/// A part of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// Request or status line and headers, with the empty line. Interim responses (RFC 9110 §15.2) are left out.
    Head(&'a str),
    /// Some of the body, without chunks' frames.
    Body(&'a [u8]),
    /// The message is whole.
    End,
}

/// Follows one direction of a connection.
#[derive(Debug)]
pub(crate) struct Framing {
    side: Side,
    state: State,
}

#[derive(Debug)]
enum State {
    Head(Vec<u8>),
    Exactly(u64),
    ChunkSize(Vec<u8>),
    /// With the line break after it.
    Chunk(u64),
    Trailers(Vec<u8>),
    UntilTheEnd,
}

impl Framing {
    pub(crate) fn new(side: Side) -> Self {
        Self { side, state: State::Head(Vec::new()) }
    }

    /// Hears `bytes`. A head comes out of `on` as it is to be handed on; everything else is handed on as it is.
    pub(crate) fn feed(
        &mut self,
        mut bytes: &[u8],
        mut on: impl FnMut(Part<'_>) -> Option<String>,
    ) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        while !bytes.is_empty() {
            let taken = match &mut self.state {
                State::Head(head) => {
                    let taken = take_until(bytes, head, b"\r\n\r\n");
                    if head.ends_with(b"\r\n\r\n") {
                        let head = std::mem::take(head);
                        self.state = self.begin(&head, &mut on, &mut out);
                    } else if head.len() > MAX_HEAD_BYTES {
                        out.append(head);
                        self.state = State::UntilTheEnd;
                    }
                    bytes = &bytes[taken..];
                    continue;
                }
                State::Exactly(left) => {
                    let taken = within(bytes, *left);
                    *left -= taken as u64;
                    on(Part::Body(&bytes[..taken]));
                    if *left == 0 {
                        on(Part::End);
                        self.state = State::Head(Vec::new());
                    }
                    taken
                }
                State::ChunkSize(line) => {
                    let taken = take_until(bytes, line, b"\r\n");
                    if line.ends_with(b"\r\n") {
                        self.state = after_size(line);
                    } else if line.len() > MAX_HEAD_BYTES {
                        self.state = State::UntilTheEnd;
                    }
                    taken
                }
                State::Chunk(left) => {
                    let taken = within(bytes, *left);
                    let data = within(&bytes[..taken], left.saturating_sub(2));
                    on(Part::Body(&bytes[..data]));
                    *left -= taken as u64;
                    if *left == 0 {
                        self.state = State::ChunkSize(Vec::new());
                    }
                    taken
                }
                State::Trailers(line) => {
                    let taken = take_until(bytes, line, b"\r\n");
                    if line == b"\r\n" {
                        on(Part::End);
                        self.state = State::Head(Vec::new());
                    } else if line.ends_with(b"\r\n") {
                        line.clear();
                    } else if line.len() > MAX_HEAD_BYTES {
                        self.state = State::UntilTheEnd;
                    }
                    taken
                }
                State::UntilTheEnd => {
                    on(Part::Body(bytes));
                    bytes.len()
                }
            };
            out.extend_from_slice(&bytes[..taken]);
            bytes = &bytes[taken..];
        }
        out
    }

    /// A head is whole: hands it on, and says what follows.
    fn begin(
        &self,
        head: &[u8],
        on: &mut impl FnMut(Part<'_>) -> Option<String>,
        out: &mut Vec<u8>,
    ) -> State {
        let Ok(text) = std::str::from_utf8(head) else {
            out.extend_from_slice(head);
            return State::UntilTheEnd;
        };
        let status = status(text).filter(|_| self.side == Side::Responses);
        if status.is_some_and(|status| (100..200).contains(&status)) {
            out.extend_from_slice(head);
            return State::Head(Vec::new());
        }
        match on(Part::Head(text)) {
            Some(changed) => out.extend_from_slice(changed.as_bytes()),
            None => out.extend_from_slice(head),
        }
        if header(text, "transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            return State::ChunkSize(Vec::new());
        }
        let length = header(text, "content-length").and_then(|value| value.parse().ok());
        match (length, status) {
            (Some(length), _) if length > 0 && !matches!(status, Some(204 | 304)) => State::Exactly(length),
            (None, Some(status)) if !matches!(status, 204 | 304) => State::UntilTheEnd,
            _ => {
                on(Part::End);
                State::Head(Vec::new())
            }
        }
    }
}

/// The status of a response's head.
pub(crate) fn status(head: &str) -> Option<u16> {
    head.split(' ').nth(1)?.get(..3)?.parse().ok()
}

/// A header's value; the first one's, where there are several.
pub(crate) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    lines.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// Moves bytes to `to` until it ends with `end`, and says how many.
fn take_until(bytes: &[u8], to: &mut Vec<u8>, end: &[u8]) -> usize {
    for (index, byte) in bytes.iter().enumerate() {
        to.push(*byte);
        if to.ends_with(end) {
            return index + 1;
        }
    }
    bytes.len()
}

fn within(bytes: &[u8], left: u64) -> usize {
    usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len())
}

fn after_size(line: &[u8]) -> State {
    let size = std::str::from_utf8(line).ok().and_then(|line| line.split([';', '\r']).next());
    match size.and_then(|size| u64::from_str_radix(size.trim(), 16).ok()) {
        Some(0) => State::Trailers(Vec::new()),
        Some(size) => State::Chunk(size.saturating_add(2)),
        None => State::UntilTheEnd,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is heard of `bytes`, however they are cut, and that they are handed on as they are.
    fn heard(side: Side, bytes: &[u8], piece: usize) -> Vec<String> {
        let mut framing = Framing::new(side);
        let (mut told, mut out) = (Vec::new(), Vec::new());
        for bytes in bytes.chunks(piece) {
            out.extend(framing.feed(bytes, |part| {
                match part {
                    Part::Head(head) => told.push(head.lines().next().unwrap_or_default().to_owned()),
                    Part::Body(body) => {
                        let body = String::from_utf8_lossy(body);
                        match told.last_mut() {
                            Some(last) if last.starts_with("| ") => last.push_str(&body),
                            _ => told.push(format!("| {body}")),
                        }
                    }
                    Part::End => told.push("end".into()),
                }
                None
            }));
        }
        assert_eq!(out, bytes);
        told.retain(|line| line != "| ");
        told
    }

    #[test]
    fn messages_are_told_apart_however_they_arrive() {
        let requests = b"GET /next HTTP/1.1\r\nhost: a\r\n\r\nPOST /x HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc\
            POST /y HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwi\r\n\r\n2;q=1\r\nki\r\n0\r\nt: v\r\n\r\nGET /z HTTP/1.1\r\n\r\n";
        let expected = [
            "GET /next HTTP/1.1",
            "end",
            "POST /x HTTP/1.1",
            "| abc",
            "end",
            "POST /y HTTP/1.1",
            "| wi\r\nki",
            "end",
            "GET /z HTTP/1.1",
            "end",
        ];
        for piece in 1..=requests.len() {
            assert_eq!(heard(Side::Requests, requests, piece), expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn a_response_may_have_no_body_or_one_until_the_end() {
        let responses = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\nall the rest\r\n\r\n";
        for piece in 1..=responses.len() {
            let heard = heard(Side::Responses, responses, piece);
            assert_eq!(
                heard,
                ["HTTP/1.1 204 No Content", "end", "HTTP/1.1 200 OK", "| all the rest\r\n\r\n"],
                "in pieces of {piece}"
            );
        }
    }

    #[test]
    fn a_head_can_be_changed_on_its_way() {
        let mut framing = Framing::new(Side::Requests);
        let out = framing.feed(b"GET / HTTP/1.1\r\n\r\n", |part| match part {
            Part::Head(head) => Some(head.replacen("\r\n", "\r\nx: y\r\n", 1)),
            _ => None,
        });
        assert_eq!(out, b"GET / HTTP/1.1\r\nx: y\r\n\r\n");
    }

    #[test]
    fn what_is_no_http_passes() {
        for piece in [1, 7, 1000] {
            heard(Side::Responses, &vec![0xff; MAX_HEAD_BYTES + 10], piece);
            heard(
                Side::Requests,
                b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nwhatever\r\n",
                piece,
            );
        }
    }
}
