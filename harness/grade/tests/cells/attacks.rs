//! What a program in a cell tries. Each says in a line of its own what came of it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use rustix::net::{AddressFamily, Protocol, SocketType};

/// The daemon sleeps for so long that no other does.
pub const DAEMON_SECONDS: &str = "98765.4321";

/// Set in a cage. Without it nothing is attacked, whoever asks cargo for the ignored tests.
pub const CAGED: &str = "CAGED";

fn tell<T, E: std::fmt::Debug>(result: Result<T, E>) {
    match result {
        Ok(_) => println!("\ndone"),
        Err(error) => println!("\n{error:?}\ndenied"),
    }
}

macro_rules! attacks {
    ($($name:ident $body:block)+) => {
        $(
            #[test]
            #[ignore = "runs in a cell"]
            fn $name() {
                assert!(std::env::var_os(CAGED).is_some(), "this is an attack: it runs in a cell and nowhere else");
                $body
            }
        )+
    };
}

attacks! {
    hello { println!("\nhello"); }
    exits_with_three { std::process::exit(3); }
    exits_as_the_tools_do { std::process::exit(75); }

    reads_the_users { tell(std::fs::read("/etc/passwd")); }
    reads_its_environment_as_a_file { tell(std::fs::read("/proc/self/environ")); }
    lists_the_root { tell(std::fs::read_dir("/etc").and_then(|mut folder| folder.next().unwrap())); }
    writes_to_tmp { tell(std::fs::write("/tmp/from-a-cell", "x")); }
    opens_its_terminal { tell(File::open("/dev/tty")); }

    connects {
        let port: u16 = std::env::var("TARGET").unwrap().parse().unwrap();
        let mut said = String::new();
        let read = TcpStream::connect(("127.0.0.1", port)).and_then(|mut stream| stream.read_to_string(&mut said));
        println!("\n{said}");
        tell(read);
    }
    listens { tell(TcpListener::bind("127.0.0.1:0")); }

    connects_to_a_local_socket { tell(std::os::unix::net::UnixStream::connect("/var/run/docker.sock")); }
    sends_a_datagram { tell(std::net::UdpSocket::bind("127.0.0.1:0")); }
    opens_a_raw_socket { tell(rustix::net::socket(AddressFamily::INET, SocketType::RAW, None)); }
    opens_netlink { tell(rustix::net::socket(AddressFamily::NETLINK, SocketType::RAW, None)); }
    opens_a_socket_to_the_host_of_a_virtual_machine {
        tell(rustix::net::socket(AddressFamily::VSOCK, SocketType::STREAM, None));
    }
    opens_a_stream_that_is_no_tcp {
        let multipath = Protocol::from_raw(std::num::NonZeroU32::new(262).unwrap());
        tell(rustix::net::socket(AddressFamily::INET, SocketType::STREAM, Some(multipath)));
    }
    starts_a_process { tell(std::process::Command::new("/bin/true").status()); }
    signals_another_process {
        let other = rustix::process::getppid().or(rustix::process::Pid::from_raw(4)).unwrap();
        tell(rustix::process::kill_process(other, rustix::process::Signal::KILL));
    }
    signals_everybody {
        let all = rustix::process::Pid::from_raw(1).unwrap();
        tell(rustix::process::kill_process_group(all, rustix::process::Signal::KILL));
    }
    makes_a_namespace {
        #[expect(deprecated, reason = "its successor is unsafe for the sake of other flags")]
        tell(rustix::thread::unshare(rustix::thread::UnshareFlags::NEWUSER));
    }
    // Of a file that is not there: what counts is whether the kernel is asked.
    changes_who_may_do_what {
        let nobody = std::os::unix::fs::PermissionsExt::from_mode(0o0);
        tell(std::fs::set_permissions("/tmp/not-there", nobody));
    }
    dates_a_file_back {
        let long_ago = rustix::fs::Timespec { tv_sec: 1, tv_nsec: 0 };
        let times = rustix::fs::Timestamps { last_access: long_ago, last_modification: long_ago };
        let follow = rustix::fs::AtFlags::empty();
        tell(rustix::fs::utimensat(rustix::fs::CWD, "/tmp/not-there", &times, follow));
    }
    takes_a_handle_of_another_process {
        let other = rustix::process::Pid::from_raw(1).unwrap();
        tell(rustix::process::pidfd_open(other, rustix::process::PidfdFlags::empty()));
    }
    mounts { tell(rustix::mount::mount("x", "/", "tmpfs", rustix::mount::MountFlags::empty(), None)); }

    lists_its_descriptors {
        let open: Vec<i32> = close_fds::iter_open_fds(3).collect();
        println!("\ndescriptors: {open:?}");
    }
    tells_its_environment {
        let names: Vec<String> = std::env::vars().map(|(name, _)| name).collect();
        println!("\nvariables: {names:?}");
    }

    sleeps { loop { std::thread::park(); } }
    computes { let mut number = 0_u64; loop { number = std::hint::black_box(number.wrapping_add(1)); } }
    takes_memory {
        let mut taken = Vec::new();
        loop { taken.push(std::hint::black_box(vec![1_u8; 16 << 20])); }
    }
    reserves_memory {
        let mut taken: Vec<Vec<u8>> = Vec::new();
        loop { taken.push(std::hint::black_box(Vec::with_capacity(1 << 30))); }
    }
    prints_for_ever { loop { println!("{}", "again and ".repeat(1000)); } }
    starts_threads {
        for _ in 0..100_000 {
            if std::thread::Builder::new().stack_size(16 << 10).spawn(|| loop { std::thread::park(); }).is_err() {
                println!("\nrefused");
                std::process::exit(0);
            }
        }
    }
    opens_files {
        let mut open = Vec::new();
        while let Ok(file) = File::open("/dev/null") { open.push(file); }
        println!("\nrefused");
    }
    fills_a_file {
        let path = std::path::Path::new(&std::env::var("OUT").unwrap()).join("file");
        let mut file = File::create(path).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
        println!("\nrefused");
    }
    makes_a_link_out {
        let path = std::path::Path::new(&std::env::var("OUT").unwrap()).join("link");
        tell(std::os::unix::fs::symlink("/etc/passwd", path));
    }
    leaves_a_daemon {
        let shell = format!("(sleep {DAEMON_SECONDS} </dev/null >/dev/null 2>&1 &)");
        let status = std::process::Command::new("/bin/sh").args(["-c", &shell]).status();
        println!("\n{status:?}\nleft");
    }
}
