//! The traits that other crates read and write by. Flushing is done when it is asked for: nothing is held back here.

use super::{TcpReader, TcpStream, TcpWriter};
use crate::net::Error;
use embedded_io::{ErrorType, ReadReady, WriteReady};
use embedded_io_async::{Read, Write};

macro_rules! reads {
    ($($type:ty),*) => {$(
        impl Read for $type {
            async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
                self.stream().read(buffer).await
            }
        }

        impl ReadReady for $type {
            fn read_ready(&mut self) -> Result<bool, Error> {
                Ok(self.stream().is_readable())
            }
        }
    )*};
}

macro_rules! writes {
    ($($type:ty),*) => {$(
        impl Write for $type {
            async fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
                self.stream().write(bytes).await
            }

            async fn flush(&mut self) -> Result<(), Error> {
                Ok(())
            }
        }

        impl WriteReady for $type {
            fn write_ready(&mut self) -> Result<bool, Error> {
                Ok(self.stream().is_writable())
            }
        }
    )*};
}

impl ErrorType for TcpStream {
    type Error = Error;
}

impl ErrorType for TcpReader<'_> {
    type Error = Error;
}

impl ErrorType for TcpWriter<'_> {
    type Error = Error;
}

impl TcpStream {
    fn stream(&self) -> &TcpStream {
        self
    }
}

impl TcpReader<'_> {
    fn stream(&self) -> &TcpStream {
        self.0
    }
}

impl TcpWriter<'_> {
    fn stream(&self) -> &TcpStream {
        self.0
    }
}

reads!(TcpStream, TcpReader<'_>);
writes!(TcpStream, TcpWriter<'_>);
