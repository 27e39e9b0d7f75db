import { render } from 'preact';
import { App } from './app.js';
import { open } from './session/session.js';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/layout.css';
import './styles/content.css';
import './styles/views.css';

open();
const page = document.getElementById('page');
if (page) render(<App />, page);
