import { App } from 'cdktf';
import { Network } from './network';

const app = new App();
new Network(app, '__NAME__');
app.synth();
